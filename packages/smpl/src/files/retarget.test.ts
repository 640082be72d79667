import { describe, expect, it } from 'vitest';
import { createRandom } from '@pose-rft/random';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { axisAngleToRotation6d, matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations, invertRotation, rotateVector } from '../rotation/rotation-matrix.js';
import { JOINT_NAMES, jointIndex, PARENTS, type JointName } from '../skeleton/joints.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { HUMANOID_BONES } from './bone-mapping.js';
import { readBvh } from './bvh.js';
import { bvhSegmentMotion } from './bvh-kinematics.js';
import { retargetToSmpl, type SmplMotion } from './retarget.js';
import { RetargetError } from './retarget-error.js';
import { writeBvh } from './write-bvh.js';

const FRAMES = 3;

/** Poses whose hands do not turn in the wrist's child, and places; the first frame is at rest if so wanted. */
function motionOf(first: 'rest' | 'random', scale = 0.5) {
  const random = createRandom(11);
  const pose6d = new Float32Array(FRAMES * 144);
  for (let row = 0; row < FRAMES * 24; row++) {
    const still = (first === 'rest' && row < 24) || row % 24 >= jointIndex('left_hand');
    const axisAngle = Float64Array.from({ length: 3 }, () => (still ? 0 : scale * random.normal()));
    axisAngleToRotation6d(axisAngle, 0, pose6d, row * 6);
  }
  return { pose6d, rootPositionsMetres: Float32Array.from({ length: FRAMES * 3 }, () => random.normal()) };
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['pelvis', 'mixamorig:Hips'],
  ['spine1', 'mixamorig:Spine'],
  ['spine2', 'mixamorig:Spine1'],
  ['spine3', 'mixamorig:Spine2'],
  ['neck', 'mixamorig:Neck'],
  ['head', 'mixamorig:Head'],
  ...(['left', 'right'] as const).flatMap((side): [string, string][] => {
    const s = `mixamorig:${side === 'left' ? 'Left' : 'Right'}`;
    return [
      [`${side}_hip`, `${s}UpLeg`],
      [`${side}_knee`, `${s}Leg`],
      [`${side}_ankle`, `${s}Foot`],
      [`${side}_foot`, `${s}ToeBase`],
      [`${side}_collar`, `${s}Shoulder`],
      [`${side}_shoulder`, `${s}Arm`],
      [`${side}_elbow`, `${s}ForeArm`],
      [`${side}_wrist`, `${s}Hand`],
    ];
  }),
]);

/** The motion as a file that another program could have written: other names, its world turned by `turn`. */
function foreignFile(motion: ReturnType<typeof motionOf>, turn: Float64Array, sizeFactor = 1): string {
  const inverse = new Float64Array(9);
  invertRotation(turn, 0, inverse, 0);
  const rest = SYNTHETIC_SKELETON.restJointsMetres.map((value) => value * sizeFactor);
  const positions = Float64Array.from(motion.rootPositionsMetres, (value) => value * sizeFactor);
  for (let joint = 0; joint < 24; joint++) rotateVector(turn, 0, rest, joint * 3, rest, joint * 3);
  for (let frame = 0; frame < FRAMES; frame++)
    rotateVector(turn, 0, positions, frame * 3, positions, frame * 3);
  const matrix = new Float64Array(9);
  const pose6d = new Float32Array(motion.pose6d.length);
  for (let row = 0; row < FRAMES * 24; row++) {
    rotation6dToMatrix(motion.pose6d, row * 6, matrix, 0);
    composeRotations(turn, 0, matrix, 0, matrix, 0);
    composeRotations(matrix, 0, inverse, 0, matrix, 0);
    matrixToRotation6d(matrix, 0, pose6d, row * 6);
  }
  const skeleton: Skeleton = {
    names: JOINT_NAMES.map((name) => NAMES.get(name) ?? `mixamorig:${name}`),
    parents: Int32Array.from(PARENTS),
    restJointsMetres: rest,
  };
  return writeBvh(pose6d, { skeleton, rootPositionsMetres: positions, framesPerSecond: 50 });
}

function expectTurned(found: SmplMotion, expected: ReturnType<typeof motionOf>, turn: Float64Array): void {
  const a = new Float64Array(9);
  const b = new Float64Array(9);
  for (let row = 0; row < FRAMES * 24; row++) {
    rotation6dToMatrix(found.pose6d, row * 6, a, 0);
    rotation6dToMatrix(expected.pose6d, row * 6, b, 0);
    if (row % 24 === 0) composeRotations(turn, 0, b, 0, b, 0);
    expect(geodesicDistanceRadians(a, 0, b, 0), JOINT_NAMES[row % 24] ?? '').toBeLessThan(1e-4);
  }
  const place = new Float64Array(3);
  for (let frame = 0; frame < FRAMES; frame++) {
    rotateVector(turn, 0, Float64Array.from(expected.rootPositionsMetres), frame * 3, place, 0);
    place.forEach((value, axis) => {
      expect(Math.abs(value - (found.rootPositionsMetres[frame * 3 + axis] as number))).toBeLessThan(1e-5);
    });
  }
}

function turnOf(x: number, y: number, z: number): Float64Array {
  const matrix = new Float64Array(9);
  axisAngleToMatrix(Float64Array.of(x, y, z), 0, matrix, 0);
  return matrix;
}

const QUARTER = Math.PI / 2;
const IDENTITY = turnOf(0, 0, 0);

describe('retargetToSmpl', () => {
  it.each<[string, Float64Array, Float64Array]>([
    ['faces +z under +y', IDENTITY, IDENTITY],
    ['faces +x under +y', turnOf(0, QUARTER, 0), turnOf(0, QUARTER, 0)],
    ['faces -z under +y', turnOf(0, Math.PI, 0), turnOf(0, Math.PI, 0)],
    // With z up and y to the back, as in Blender, y up and z to the front are the same again.
    ['faces -y under +z', turnOf(QUARTER, 0, 0), IDENTITY],
  ])('knows the rest pose that %s by its bones', (_, fileTurn, worldTurn) => {
    const motion = motionOf('random');
    const bvh = readBvh(foreignFile(motion, fileTurn));
    const found = retargetToSmpl(bvhSegmentMotion(bvh));
    expectTurned(found, motion, worldTurn);
    expect(found.framesPerSecond).toBe(50);
  });

  it("scales steps from the subject's legs to the target's", () => {
    const motion = motionOf('random');
    const found = retargetToSmpl(bvhSegmentMotion(readBvh(foreignFile(motion, IDENTITY, 1.25))));
    expectTurned(found, motion, IDENTITY);
  });

  it('takes a frame as the rest pose where the one without rotations is no standing body', () => {
    const motion = motionOf('rest');
    const text = foreignFile(motion, IDENTITY);
    // Each joint's axes turned by a rotation of its own: offsets and poses change, places in the world do not.
    const bvh = readBvh(text);
    const random = createRandom(3);
    const twists = bvh.joints.map(() => turnOf(random.normal(), random.normal(), random.normal()));
    const plain = bvhSegmentMotion(bvh);
    const twisted: typeof plain = {
      ...plain,
      segments: plain.segments.map((segment, index) => {
        const direction = Float64Array.from(segment.direction);
        const inverse = new Float64Array(9);
        invertRotation(twists[index] ?? IDENTITY, 0, inverse, 0);
        rotateVector(inverse, 0, direction, 0, direction, 0);
        const [x = 0, y = 0, z = 0] = direction;
        return { ...segment, direction: [x, y, z], restStartMetres: [0, 0, 0] };
      }),
      poseFrame: (frame, rotations, starts) => {
        plain.poseFrame(frame, rotations, starts);
        twists.forEach((twist, index) => {
          composeRotations(rotations, index * 9, twist, 0, rotations, index * 9);
        });
      },
    };
    expect(() => retargetToSmpl(twisted)).toThrow(/rest pose does not stand: .* Give restPoseFrame/);
    const found = retargetToSmpl(twisted, { restPoseFrame: 0 });
    expectTurned(found, motion, IDENTITY);
    expect(() => retargetToSmpl(twisted, { restPoseFrame: 3 })).toThrow(/one of the motion's 3 frames/);
  });

  it('keeps joints still whose bones are optional and missing', () => {
    const motion = motionOf('random');
    const text = foreignFile(motion, IDENTITY)
      .replace('mixamorig:Neck', 'mixamorig:Halsband')
      .replace('mixamorig:LeftToeBase', 'mixamorig:LeftTip');
    const { pose6d } = retargetToSmpl(bvhSegmentMotion(readBvh(text)));
    const foot = jointIndex('left_foot') * 6;
    Array.from(pose6d.subarray(foot, foot + 6)).forEach((value, i) => {
      expect(value).toBeCloseTo([1, 0, 0, 0, 1, 0][i] as number, 6);
    });
    const found = new Float64Array(9);
    const expected = new Float64Array(9);
    // The head still turns as it did in the world: what the neck did is in its rotation now.
    const world = (poses: Float32Array, name: JointName, out: Float64Array): void => {
      const local = new Float64Array(9);
      rotation6dToMatrix(poses, jointIndex(name) * 6, out, 0);
      for (let joint = PARENTS[jointIndex(name)] ?? -1; joint >= 0; joint = PARENTS[joint] ?? -1) {
        rotation6dToMatrix(poses, joint * 6, local, 0);
        composeRotations(local, 0, out, 0, out, 0);
      }
    };
    world(pose6d, 'head', found);
    world(motion.pose6d, 'head', expected);
    expect(geodesicDistanceRadians(found, 0, expected, 0)).toBeLessThan(1e-4);
  });

  it('says which bones are missing', () => {
    const text = foreignFile(motionOf('random'), IDENTITY).replace('mixamorig:LeftLeg', 'shank');
    const motion = bvhSegmentMotion(readBvh(text));
    expect(() => retargetToSmpl(motion)).toThrow(
      new RetargetError(
        "the skeleton lacks MotionBuilder's bones LeftLeg, and more of those of CMU's BVH, SMPL's, CMU's ASF. " +
          'Rename its bones, or give a mapping',
      ),
    );
    const own = new Map(HUMANOID_BONES.bones);
    own.set('left_knee', { bone: 'shank', agreement: { kind: 'bone', towards: 'left_ankle' } });
    own.set('left_ankle', { bone: 'LeftFoot', agreement: { kind: 'down', like: 'shank' } });
    expect(retargetToSmpl(motion, { mapping: { name: 'my', bones: own } }).frameCount).toBe(FRAMES);
    const rootless = new Map(own);
    rootless.set('pelvis', { bone: 'root', agreement: { kind: 'same' }, isOptional: true });
    expect(() => retargetToSmpl(motion, { mapping: { name: 'my', bones: rootless } })).toThrow(
      /the mapping my must not let pelvis be optional/,
    );
    own.delete('head');
    expect(() => retargetToSmpl(motion, { mapping: { name: 'my', bones: own } })).toThrow(/one for head/);
  });
});
