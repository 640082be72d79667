import { quaternionToMatrix, matrixToQuaternion } from '../rotation/quaternion.js';
import { matrixToRotation6d } from '../rotation/rotation6d.js';
import { composeRotations, invertRotation, rotateVector } from '../rotation/rotation-matrix.js';
import { shortestRotation } from '../rotation/shortest-rotation.js';
import { JOINT_COUNT, JOINT_NAMES, jointIndex, PARENTS, type JointName } from '../skeleton/joints.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import type { Vector3 } from '../vector3.js';
import {
  BONE_MAPPINGS,
  comparableName,
  type BoneMapping,
  type BoneSource,
  type RestAgreement,
} from './bone-mapping.js';
import { restFrame, withRestPoseOfFrame } from './rest-pose.js';
import { RetargetError } from './retarget-error.js';
import type { MotionSegment, SegmentMotion } from './segment-motion.js';

/** A motion of SMPL's skeleton. */
export interface SmplMotion {
  readonly frameCount: number;
  /** 6D rotations by columns, relative to the parent, [F*24*6]. */
  readonly pose6d: Float32Array;
  /** Where the pelvis joint is, metres, y up, [F*3]; from another body, scaled from its legs to the target skeleton's. */
  readonly rootPositionsMetres: Float32Array;
  /** Absent where the file does not say. */
  readonly framesPerSecond?: number;
}

export interface RetargetOptions {
  /** The skeleton to move, with SMPL's joints; {@link SYNTHETIC_SKELETON} by default. */
  readonly target?: Skeleton;
  /** Which bones move which joints; by default the first of the known conventions whose bones the motion has. */
  readonly mapping?: BoneMapping;
  /** The frame whose pose is the rest pose, for files whose pose without rotations is not one of a standing body. */
  readonly restPoseFrame?: number;
}

/**
 * Brings a recorded motion onto SMPL's skeleton. The rest poses differ (CMU's legs are splayed), so joint angles cannot
 * be copied: each SMPL joint takes the world rotation of its recorded bone, composed with the rotation that makes the two
 * rest poses agree there. Posed limbs then point exactly where the recorded limbs do, whatever the bone lengths, the
 * file's up axis, and the side that its rest pose faces.
 *
 * @throws RetargetError if bones are missing, or the rest pose does not stand
 * @example
 * ```ts
 * import { bvhSegmentMotion, readBvh, retargetToSmpl, SYNTHETIC_SKELETON, writeBvh } from '@pose-rft/smpl';
 *
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const bvh = readBvh(writeBvh(tPose, { skeleton: SYNTHETIC_SKELETON }));
 * const { pose6d } = retargetToSmpl(bvhSegmentMotion(bvh));
 * console.assert(pose6d.every((value, i) => Math.abs(value - (tPose[i] ?? NaN)) < 1e-6));
 * ```
 */
export function retargetToSmpl(recorded: SegmentMotion, options: RetargetOptions = {}): SmplMotion {
  const { target = SYNTHETIC_SKELETON, restPoseFrame } = options;
  const motion = restPoseFrame === undefined ? recorded : withRestPoseOfFrame(recorded, restPoseFrame);
  const { segments, frameCount, framesPerSecond } = motion;
  const bones = findBones(segments, options.mapping);
  // Every other joint may keep to its parent.
  bones.required('pelvis');
  const place = (name: JointName): Vector3 => bones.required(name).restStartMetres;
  const frame = restFrame(
    {
      leftHip: place('left_hip'),
      rightHip: place('right_hip'),
      leftShoulder: place('left_shoulder'),
      rightShoulder: place('right_shoulder'),
    },
    [bones.required('left_hip').direction, bones.required('right_hip').direction],
    restPoseFrame === undefined,
  );
  const { fileToWorld, bodyToFile } = frame;
  const joints = JOINT_NAMES.map((name) => jointSource(name, bones, bodyToFile, target));
  const hips = hipPlacement(bones, target);
  const rotations = new Float64Array(segments.length * 9);
  const starts = new Float64Array(segments.length * 3);
  const world = new Float64Array(JOINT_COUNT * 9);
  const local = new Float64Array(9);
  const middle = new Float64Array(3);
  const pose6d = new Float32Array(frameCount * JOINT_COUNT * 6);
  const rootPositionsMetres = new Float32Array(frameCount * 3);
  for (let index = 0; index < frameCount; index++) {
    motion.poseFrame(index, rotations, starts);
    joints.forEach((source, joint) => {
      const parent = PARENTS[joint] as number;
      if (source === undefined) {
        world.copyWithin(joint * 9, parent * 9, parent * 9 + 9);
      } else {
        const { bone, halfwayTo, agreement } = source;
        if (halfwayTo === undefined) local.set(rotations.subarray(bone * 9, bone * 9 + 9));
        else halfwayRotation(rotations, bone * 9, halfwayTo * 9, local);
        composeRotations(local, 0, agreement, 0, local, 0);
        composeRotations(fileToWorld, 0, local, 0, world, joint * 9);
      }
      if (parent < 0) local.set(world.subarray(0, 9));
      else {
        invertRotation(world, parent * 9, local, 0);
        composeRotations(local, 0, world, joint * 9, local, 0);
      }
      matrixToRotation6d(local, 0, pose6d, (index * JOINT_COUNT + joint) * 6);
    });
    for (let axis = 0; axis < 3; axis++)
      middle[axis] =
        ((starts[hips.leftBone * 3 + axis] as number) + (starts[hips.rightBone * 3 + axis] as number)) / 2;
    rotateVector(fileToWorld, 0, middle, 0, middle, 0);
    for (let row = 0; row < 3; row++) {
      let offset = 0;
      for (let column = 0; column < 3; column++)
        offset += (world[row * 3 + column] as number) * (hips.middleMetres[column] as number);
      rootPositionsMetres[index * 3 + row] = (middle[row] as number) * hips.scale - offset;
    }
  }
  return {
    frameCount,
    pose6d,
    rootPositionsMetres,
    ...(framesPerSecond === undefined ? {} : { framesPerSecond }),
  };
}

/** The bones of a motion under the names of a mapping. */
interface FoundBones {
  readonly source: (name: JointName) => BoneSource;
  /** The index of a bone, by its own name; -1 if the motion lacks it. */
  readonly index: (bone: string | readonly string[]) => number;
  /** The segment that moves a joint which every mapping must give. */
  readonly required: (name: JointName) => MotionSegment;
  readonly segments: readonly MotionSegment[];
}

function findBones(segments: readonly MotionSegment[], mapping: BoneMapping | undefined): FoundBones {
  const indices = new Map<string, number>();
  segments.forEach(({ name }, index) => {
    if (!indices.has(comparableName(name))) indices.set(comparableName(name), index);
  });
  const index = (bone: string | readonly string[]): number => {
    for (const name of typeof bone === 'string' ? [bone] : bone) {
      const found = indices.get(comparableName(name));
      if (found !== undefined) return found;
    }
    return -1;
  };
  const missing = ({ bones }: BoneMapping): string[] => [
    ...new Set(
      JOINT_NAMES.flatMap((name) => {
        const source = bones.get(name);
        if (source === undefined) return [`one for ${name}`];
        if (source.isOptional === true) return [];
        return [source.bone, source.halfwayTo ?? source.bone].flatMap((bone) =>
          index(bone) < 0 ? [typeof bone === 'string' ? bone : bone.join(' or ')] : [],
        );
      }),
    ),
  ];
  const candidates = (mapping === undefined ? BONE_MAPPINGS : [mapping])
    .map((candidate) => ({ candidate, lacking: missing(candidate) }))
    .sort((first, second) => first.lacking.length - second.lacking.length);
  const [best] = candidates;
  if (best === undefined || best.lacking.length > 0) {
    const names = candidates.map(({ candidate }) => candidate.name);
    const others = names.length > 1 ? `, and more of those of ${names.slice(1).join(', ')}` : '';
    throw new RetargetError(
      `the skeleton lacks ${names[0] ?? 'every mapping'} bones ${best?.lacking.join(', ') ?? ''}${others}. ` +
        'Rename its bones, or give a mapping',
    );
  }
  const source = (name: JointName): BoneSource => best.candidate.bones.get(name) as BoneSource;
  return {
    source,
    index,
    required: (name) => {
      const segment = segments[index(source(name).bone)];
      if (segment === undefined)
        throw new RetargetError(`the mapping ${best.candidate.name} must not let ${name} be optional`);
      return segment;
    },
    segments,
  };
}

interface JointSource {
  readonly bone: number;
  readonly halfwayTo: number | undefined;
  /** From SMPL's rest frame, through the body's axes, to the bone's rest frame in the file's axes. */
  readonly agreement: Float64Array;
}

function jointSource(
  name: JointName,
  bones: FoundBones,
  bodyToFile: Float64Array,
  target: Skeleton,
): JointSource | undefined {
  const { bone, halfwayTo, agreement } = bones.source(name);
  const index = bones.index(bone);
  if (index < 0) return undefined;
  const rotation = agreementRotation(agreement, name, index, bones, bodyToFile, target);
  composeRotations(bodyToFile, 0, rotation, 0, rotation, 0);
  const other = halfwayTo === undefined ? -1 : bones.index(halfwayTo);
  return { bone: index, halfwayTo: other < 0 ? undefined : other, agreement: rotation };
}

const BODY_AXES = { down: [0, -1, 0], left: [1, 0, 0], right: [-1, 0, 0] } as const;

function agreementRotation(
  agreement: RestAgreement,
  name: JointName,
  bone: number,
  bones: FoundBones,
  bodyToFile: Float64Array,
  target: Skeleton,
): Float64Array {
  if (agreement.kind === 'same') return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  const index = agreement.like === undefined ? bone : bones.index(agreement.like);
  const segment = bones.segments[index];
  if (segment === undefined || Math.hypot(...segment.direction) < 0.5)
    throw new RetargetError(
      `${name} needs the direction of a bone: ` +
        (segment === undefined ? `${agreement.like ?? ''} is missing` : `${segment.name} has no length`),
    );
  const inBody = new Float64Array(9);
  invertRotation(bodyToFile, 0, inBody, 0);
  const direction = Float64Array.from(segment.direction);
  rotateVector(inBody, 0, direction, 0, direction, 0);
  const from =
    agreement.kind === 'bone'
      ? unitBetween(target, agreement.from ?? name, agreement.towards)
      : BODY_AXES[agreement.kind];
  const rotation = new Float64Array(9);
  shortestRotation(Float64Array.from(from), 0, direction, 0, rotation, 0);
  return rotation;
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
function hipPlacement(bones: FoundBones, target: Skeleton): HipPlacement {
  const subjectLeg = bones.required('left_hip').lengthMetres + bones.required('left_knee').lengthMetres;
  if (!(subjectLeg > 0))
    throw new RetargetError(
      `the lengths of ${bones.required('left_hip').name} and ${bones.required('left_knee').name} are zero`,
    );
  const left = between(target, 'pelvis', 'left_hip');
  const right = between(target, 'pelvis', 'right_hip');
  return {
    leftBone: bones.index(bones.source('left_hip').bone),
    rightBone: bones.index(bones.source('right_hip').bone),
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
