import { quaternionToMatrix, matrixToQuaternion } from '../rotation/quaternion.js';
import { matrixToRotation6d } from '../rotation/rotation6d.js';
import { composeRotations, invertRotation } from '../rotation/rotation-matrix.js';
import type { Vector3 } from '../vector3.js';
import { JOINT_COUNT, JOINT_NAMES, jointIndex, PARENTS, type JointName } from '../skeleton/joints.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import type { AmcMotion } from './amc.js';
import type { AsfBone, AsfSkeleton } from './asf.js';
import { createAsfKinematics } from './asf-kinematics.js';
import { shortestRotation } from './euler-rotation.js';

/** A motion of SMPL's skeleton. */
export interface SmplMotion {
  readonly frameCount: number;
  /** 6D rotations by columns, relative to the parent, [F*24*6]. */
  readonly pose6d: Float32Array;
  /** Where the pelvis joint is, metres, [F*3]; scaled from the subject's legs to the target skeleton's. */
  readonly rootPositionsMetres: Float32Array;
}

/** Thrown when a skeleton lacks bones that the retargeting needs, or a motion does not belong to it. */
export class RetargetError extends Error {
  override readonly name = 'RetargetError';
}

/**
 * How the two rest poses are made to agree for a joint:
 * - `bone`: the rest direction of SMPL's bone from this joint to `towards` is turned to the mocap bone's;
 * - `down`, `left`, `right`: that body axis is turned to the rest direction of `like` (feet follow the shin's splay,
 *   hands the forearm's, so that flat soles stay flat and level palms level);
 * - `same`: the two rest frames are parallel already.
 */
type Agreement =
  | { readonly kind: 'bone'; readonly towards: JointName }
  | { readonly kind: 'down' | 'left' | 'right'; readonly like: string }
  | { readonly kind: 'same' };

interface Source {
  readonly bone: string;
  /** A second bone: the joint's rotation is halfway between the two. */
  readonly halfwayTo?: string;
  readonly agreement: Agreement;
}

const SAME: Agreement = { kind: 'same' };

/** CMU's left bones start with l, its right ones with r. */
function limbSources(side: 'left' | 'right'): [JointName, Source][] {
  const s = side === 'left' ? 'l' : 'r';
  return [
    [`${side}_hip`, { bone: `${s}femur`, agreement: { kind: 'bone', towards: `${side}_knee` } }],
    [`${side}_knee`, { bone: `${s}tibia`, agreement: { kind: 'bone', towards: `${side}_ankle` } }],
    [`${side}_ankle`, { bone: `${s}foot`, agreement: { kind: 'down', like: `${s}tibia` } }],
    [`${side}_foot`, { bone: `${s}toes`, agreement: { kind: 'down', like: `${s}tibia` } }],
    [`${side}_collar`, { bone: `${s}clavicle`, agreement: SAME }],
    [`${side}_shoulder`, { bone: `${s}humerus`, agreement: { kind: 'bone', towards: `${side}_elbow` } }],
    // CMU's wrist bone is the lower half of the forearm and carries its twist: the elbow takes half of it.
    [
      `${side}_elbow`,
      { bone: `${s}radius`, halfwayTo: `${s}wrist`, agreement: { kind: 'bone', towards: `${side}_wrist` } },
    ],
    [`${side}_wrist`, { bone: `${s}hand`, agreement: { kind: side, like: `${s}hand` } }],
    [`${side}_hand`, { bone: `${s}hand`, agreement: { kind: side, like: `${s}hand` } }],
  ];
}

const SOURCES: ReadonlyMap<JointName, Source> = new Map<JointName, Source>([
  ['pelvis', { bone: 'root', agreement: SAME }],
  ['spine1', { bone: 'lowerback', agreement: SAME }],
  ['spine2', { bone: 'upperback', agreement: SAME }],
  ['spine3', { bone: 'thorax', agreement: SAME }],
  ['neck', { bone: 'lowerneck', agreement: SAME }],
  ['head', { bone: 'head', agreement: SAME }],
  ...limbSources('left'),
  ...limbSources('right'),
]);

/**
 * Brings a motion of CMU's skeleton onto SMPL's. The rest poses differ (CMU's legs are splayed), so joint angles cannot
 * be copied: each SMPL joint takes the world rotation of its mocap bone, composed with the rotation that makes the two
 * rest poses agree there. Posed limbs then point exactly where the mocap limbs do, whatever the bone lengths.
 *
 * @param target - the skeleton to move; it must have SMPL's joints
 * @throws RetargetError if bones are missing, or `motion` was read with another skeleton
 * @example
 * ```ts
 * import { readAmc, readAsf, retargetToSmpl, RetargetError } from '@pose-rft/smpl';
 *
 * const read = (asfText: string, amcText: string) => {
 *   const asf = readAsf(asfText, '02.asf');
 *   return retargetToSmpl(asf, readAmc(amcText, asf, '02_01.amc')).pose6d; // [frames * 144]
 * };
 * console.assert(read instanceof Function && RetargetError.name === 'RetargetError');
 * ```
 */
export function retargetToSmpl(
  asf: AsfSkeleton,
  motion: AmcMotion,
  target: Skeleton = SYNTHETIC_SKELETON,
): SmplMotion {
  const { frameCount, channels } = motion;
  if (channels.length !== frameCount * asf.channelCount)
    throw new RetargetError(
      `the motion has ${channels.length / frameCount} channels a frame, the skeleton ${asf.channelCount}: ` +
        'read both files of one subject',
    );
  const joints = JOINT_NAMES.map((name) => jointSource(name, asf, target));
  const hips = hipPlacement(asf, target);
  const kinematics = createAsfKinematics(asf);
  const rotations = new Float64Array(asf.bones.length * 9);
  const ends = new Float64Array(asf.bones.length * 3);
  const world = new Float64Array(JOINT_COUNT * 9);
  const local = new Float64Array(9);
  const pose6d = new Float32Array(frameCount * JOINT_COUNT * 6);
  const rootPositionsMetres = new Float32Array(frameCount * 3);
  for (let frame = 0; frame < frameCount; frame++) {
    kinematics.pose(channels, frame * asf.channelCount, rotations, ends);
    joints.forEach(({ bone, halfwayTo, agreement }, joint) => {
      if (halfwayTo === undefined) local.set(rotations.subarray(bone * 9, bone * 9 + 9));
      else halfwayRotation(rotations, bone * 9, halfwayTo * 9, local);
      composeRotations(local, 0, agreement, 0, world, joint * 9);
      const parent = PARENTS[joint] as number;
      if (parent < 0) local.set(world.subarray(0, 9));
      else {
        invertRotation(world, parent * 9, local, 0);
        composeRotations(local, 0, world, joint * 9, local, 0);
      }
      matrixToRotation6d(local, 0, pose6d, (frame * JOINT_COUNT + joint) * 6);
    });
    for (let row = 0; row < 3; row++) {
      const middle =
        ((ends[hips.leftBone * 3 + row] as number) + (ends[hips.rightBone * 3 + row] as number)) / 2;
      let offset = 0;
      for (let column = 0; column < 3; column++)
        offset += (world[row * 3 + column] as number) * (hips.middleMetres[column] as number);
      rootPositionsMetres[frame * 3 + row] = middle * hips.scale - offset;
    }
  }
  return { frameCount, pose6d, rootPositionsMetres };
}

interface JointSource {
  readonly bone: number;
  readonly halfwayTo: number | undefined;
  readonly agreement: Float64Array;
}

function jointSource(name: JointName, asf: AsfSkeleton, target: Skeleton): JointSource {
  const { bone, halfwayTo, agreement } = SOURCES.get(name) as Source;
  const index = boneIndex(asf, bone);
  return {
    bone: index,
    halfwayTo: halfwayTo === undefined ? undefined : boneIndex(asf, halfwayTo),
    agreement: agreementRotation(agreement, name, asf.bones[index] as AsfBone, asf, target),
  };
}

const BODY_AXES = { down: [0, -1, 0], left: [1, 0, 0], right: [-1, 0, 0] } as const;

function agreementRotation(
  agreement: Agreement,
  name: JointName,
  bone: AsfBone,
  asf: AsfSkeleton,
  target: Skeleton,
): Float64Array {
  if (agreement.kind === 'same') return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  if (agreement.kind === 'bone')
    return shortestRotation(unitBetween(target, name, agreement.towards), bone.direction);
  const like = asf.bones[boneIndex(asf, agreement.like)] as AsfBone;
  return shortestRotation(BODY_AXES[agreement.kind], like.direction);
}

function boneIndex(asf: AsfSkeleton, name: string): number {
  const index = asf.bones.findIndex((bone) => bone.name === name);
  if (index >= 0) return index;
  const needed = new Set([...SOURCES.values()].flatMap(({ bone, halfwayTo }) => [bone, halfwayTo ?? bone]));
  const present = new Set(asf.bones.map((bone) => bone.name));
  const missing = [...needed, 'lhipjoint', 'rhipjoint'].filter((bone) => !present.has(bone));
  throw new RetargetError(`the skeleton lacks CMU's bones ${missing.join(', ')}`);
}

function between(skeleton: Skeleton, from: JointName, to: JointName): Vector3 {
  const [a, b] = [jointIndex(from) * 3, jointIndex(to) * 3];
  const rest = skeleton.restJointsMetres;
  return [0, 1, 2].map((axis) => (rest[b + axis] as number) - (rest[a + axis] as number)) as [
    number,
    number,
    number,
  ];
}

function unitBetween(skeleton: Skeleton, from: JointName, to: JointName): Vector3 {
  const [x, y, z] = between(skeleton, from, to);
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}

interface HipPlacement {
  readonly leftBone: number;
  readonly rightBone: number;
  /** From the target's pelvis to the middle of its hips, at rest. */
  readonly middleMetres: Vector3;
  /** The target's leg length over the subject's. */
  readonly scale: number;
}

/** The middles of the hips coincide, and steps are scaled with the legs: so feet neither sink, float nor slide. */
function hipPlacement(asf: AsfSkeleton, target: Skeleton): HipPlacement {
  const boneLength = (name: string): number => (asf.bones[boneIndex(asf, name)] as AsfBone).lengthMetres;
  const subjectLeg = boneLength('lfemur') + boneLength('ltibia');
  if (!(subjectLeg > 0)) throw new RetargetError('the lengths of lfemur and ltibia are zero');
  const left = between(target, 'pelvis', 'left_hip');
  const right = between(target, 'pelvis', 'right_hip');
  return {
    leftBone: boneIndex(asf, 'lhipjoint'),
    rightBone: boneIndex(asf, 'rhipjoint'),
    middleMetres: [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2, (left[2] + right[2]) / 2],
    scale:
      (Math.hypot(...between(target, 'left_hip', 'left_knee')) +
        Math.hypot(...between(target, 'left_knee', 'left_ankle'))) /
      subjectLeg,
  };
}

const firstQuaternion = new Float64Array(4);
const secondQuaternion = new Float64Array(4);

/** The rotation halfway between two, the short way. */
function halfwayRotation(
  rotations: Float64Array,
  firstOffset: number,
  secondOffset: number,
  halfway: Float64Array,
): void {
  matrixToQuaternion(rotations, firstOffset, firstQuaternion, 0);
  matrixToQuaternion(rotations, secondOffset, secondQuaternion, 0);
  let dot = 0;
  for (let i = 0; i < 4; i++) dot += (firstQuaternion[i] as number) * (secondQuaternion[i] as number);
  const sign = dot < 0 ? -1 : 1;
  for (let i = 0; i < 4; i++)
    firstQuaternion[i] = (firstQuaternion[i] as number) + sign * (secondQuaternion[i] as number);
  quaternionToMatrix(firstQuaternion, 0, halfway, 0);
}
