import { JOINT_COUNT, jointIndex, SYNTHETIC_SKELETON, type JointName } from '@pose-rft/smpl';
import { constraintOf, InvalidConstraintError, type Constraint } from '@pose-rft/text-pose';
import { describe, expect, it } from 'vitest';
import { jointProximityReward } from './joint-proximity-reward.js';
import { poseProximityReward } from './pose-proximity-reward.js';
import { RewardInputError } from '../reward-input-error.js';
import { ruleSemanticReward } from './rule-semantic-reward.js';
import { spatialReward } from './spatial-reward.js';

const REST = Float32Array.from(SYNTHETIC_SKELETON.restJointsMetres);

/** The rest pose with one joint turned about the vertical by a quarter. */
function turned(name?: JointName): Float32Array {
  const pose = Float32Array.from({ length: 6 * JOINT_COUNT }, (_, index) =>
    index % 6 === 0 || index % 6 === 4 ? 1 : 0,
  );
  // Columns x -> -z and y -> y: a quarter turn about y.
  if (name !== undefined) pose.set([0, 0, -1, 0, 1, 0], 6 * jointIndex(name));
  return pose;
}

const access = {
  pose6d: (action: Float32Array | undefined) => action,
  targetJoints: (prompt: Float32Array | undefined) => prompt,
};
const rows = (
  ...actions: (Float32Array | undefined)[]
): { prompt: Float32Array; action: Float32Array | undefined }[] =>
  actions.map((action) => ({ prompt: REST, action }));

describe('spatialReward', () => {
  it('is one over the distance of all joints, and finite at the target', () => {
    const { values, perGroup } = spatialReward({ ...access, epsilonMetres: 0.1 }).score({
      rows: rows(turned(), turned('left_elbow'), undefined),
    });
    expect(values[0]).toBeCloseTo(10, 3);
    // The wrist and the hand swing on arcs of a quarter about the elbow.
    const wrist = Math.hypot(0.252, 0.002) * Math.SQRT2;
    const hand = Math.hypot(0.252 + 0.086, 0.012) * Math.SQRT2;
    expect(values[1]).toBeCloseTo(1 / (Math.hypot(wrist, hand) + 0.1), 3);
    expect(values[2]).toBeNaN();
    expect(perGroup).toBeUndefined();
  });

  it('sees the root in the world frame only', () => {
    const inWorld = spatialReward(access).score({ rows: rows(turned('pelvis')) });
    const inBody = spatialReward({ ...access, frame: 'body' }).score({ rows: rows(turned('pelvis')) });
    expect(inWorld.values[0]).toBeLessThan(1);
    expect(inBody.values[0]).toBeCloseTo(20, 2);
  });

  it('names the row whose pose or target has the wrong length', () => {
    const reward = spatialReward(access);
    expect(() => reward.score({ rows: rows(turned(), new Float32Array(72)) })).toThrow(
      /pose of row 1 has 72/,
    );
    expect(() => reward.score({ rows: [{ prompt: turned(), action: turned() }] })).toThrow(RewardInputError);
    expect(() => spatialReward({ ...access, epsilonMetres: 0 })).toThrow(RangeError);
  });
});

describe("the singularity of the paper's quotient", () => {
  it('is the quotient itself down to a floor, per metre or per millimetre', () => {
    const floor = { ...access, singularity: { kind: 'floor', metres: 0.01 } } as const;
    const batch = { rows: rows(turned(), turned('left_elbow')) };
    const { values } = spatialReward(floor).score(batch);
    const wrist = Math.hypot(0.252, 0.002) * Math.SQRT2;
    const hand = Math.hypot(0.252 + 0.086, 0.012) * Math.SQRT2;
    expect(values[0]).toBeCloseTo(100, 3);
    expect(values[1]).toBeCloseTo(1 / Math.hypot(wrist, hand), 4);
    const perMillimetre = spatialReward({ ...floor, per: 'millimetre' });
    perMillimetre.score(batch).values.forEach((value, row) => {
      expect(1000 * value).toBeCloseTo(values[row] ?? 0, 3);
    });
    expect(perMillimetre.about).toMatchObject({ unit: '1/millimetre', range: [0, 0.1] });
  });

  it('is said once', () => {
    const twice = { ...access, epsilonMetres: 0.1, singularity: { kind: 'offset', metres: 0.1 } } as const;
    expect(() => spatialReward(twice)).toThrow(/give one of them/);
  });
});

describe('targets that are not finite', () => {
  it('are an error, not a decline', () => {
    const target = REST.slice();
    target[5] = Number.NaN;
    const batch = { rows: [{ prompt: target, action: turned() }] };
    for (const reward of [spatialReward(access), jointProximityReward(access)])
      expect(() => reward.score(batch)).toThrow(/target of row 0 holds NaN/);
    expect(() => poseProximityReward(access).score(batch)).toThrow(/NaN/);
  });
});

describe('proximity after alignment', () => {
  // The target, turned about the vertical and half as large: the same pose to PA-MPJPE.
  const moved = REST.map((_, index) => {
    const at = index - (index % 3);
    return 0.5 * ([-(REST[at + 2] ?? 0), REST[at + 1] ?? 0, REST[at] ?? 0][index % 3] ?? 0);
  });
  const batch = {
    rows: [
      { prompt: moved, action: turned() },
      { prompt: moved, action: turned('left_elbow') },
    ],
  };

  it.each([
    ['joint', jointProximityReward],
    ['pose', poseProximityReward],
  ] as const)('of each %s sees neither orientation nor size', (_, make) => {
    const aligned = make({ ...access, alignment: 'procrustes' }).score(batch).values;
    expect(aligned[0]).toBeCloseTo(1, 4);
    expect(aligned[1]).toBeLessThan(0.9);
    expect(make(access).score(batch).values[0]).toBeLessThan(0.5);
  });
});

describe('proximity kernels', () => {
  it('fall to their values at one scale', () => {
    // The hand and wrist alone are off; the mean joint error of the turned elbow is their sum over 24.
    const error = ((Math.hypot(0.252, 0.002) + Math.hypot(0.338, 0.012)) * Math.SQRT2) / 24;
    const batch = { rows: rows(turned('left_elbow')) };
    const value = (kernel: 'exponential' | 'gaussian'): number | undefined =>
      poseProximityReward({ ...access, kernel, scaleMetres: error }).score(batch).values[0];
    expect(value('exponential')).toBeCloseTo(Math.exp(-1), 4);
    expect(value('gaussian')).toBeCloseTo(Math.exp(-0.5), 4);
    for (const make of [jointProximityReward, poseProximityReward])
      expect(() => make({ ...access, scaleMetres: -1 })).toThrow(/scaleMetres must be positive/);
  });
});

describe('jointProximityReward', () => {
  it('credits each rotation with the joints that it moves', () => {
    const { values, perGroup } = jointProximityReward(access).score({
      rows: rows(turned(), turned('left_elbow')),
    });
    expect(values[0]).toBeCloseTo(1, 4);
    const credit = (row: number, name: JointName): number =>
      perGroup?.[24 * row + jointIndex(name)] ?? Number.NaN;
    expect(credit(0, 'pelvis')).toBeCloseTo(1, 4);
    expect(credit(0, 'left_elbow')).toBeCloseTo(2 / 23, 4);
    expect(credit(0, 'left_hand')).toBe(0);
    expect(credit(1, 'left_elbow')).toBeLessThan(0.1 * credit(0, 'left_elbow'));
    expect(credit(1, 'right_elbow')).toBe(credit(0, 'right_elbow'));
  });

  it('leaves the root out in the body frame', () => {
    const { perGroup } = jointProximityReward({ ...access, frame: 'body' }).score({ rows: rows(turned()) });
    expect(perGroup?.[0]).toBe(0);
    expect(perGroup?.[jointIndex('spine1')]).toBeGreaterThan(0.5);
  });
});

describe('ruleSemanticReward', () => {
  const reward = ruleSemanticReward({
    pose6d: (action: Float32Array) => action,
    constraints: (prompt: readonly Constraint[]) => prompt,
  });

  it('rises with every constraint that is met, and credits those who can change it', () => {
    const bent = constraintOf('angle:left_elbow', 'bent');
    const straight = constraintOf('angle:right_elbow', 'straight');
    const { values, perGroup } = reward.score({
      rows: [
        { prompt: [bent, straight], action: turned() },
        { prompt: [bent, straight], action: turned('left_elbow') },
        { prompt: [], action: turned() },
      ],
    });
    expect(values[1]).toBeGreaterThan(values[0] ?? 1);
    expect(values[2]).toBeNaN();
    const credited = [...(perGroup?.subarray(24, 48) ?? [])].flatMap((credit, joint) =>
      credit > 0 ? [joint] : [],
    );
    expect(credited).toEqual([jointIndex('left_elbow'), jointIndex('right_elbow')]);
  });

  it('counts what holds, where it is hard', () => {
    const hard = ruleSemanticReward({
      pose6d: (action: Float32Array) => action,
      constraints: (prompt: readonly Constraint[]) => prompt,
      satisfaction: 'hard',
    });
    const asked = [constraintOf('angle:left_elbow', 'bent'), constraintOf('angle:right_elbow', 'straight')];
    const { values, perGroup } = hard.score({
      rows: [{ prompt: asked, action: turned() }],
    });
    expect(values[0]).toBe(0.5);
    expect(perGroup?.[jointIndex('left_elbow')]).toBe(0);
    expect(perGroup?.[jointIndex('right_elbow')]).toBe(0.5);
  });

  it('does not look at the orientation of the root', () => {
    const prompt = [constraintOf('relativeZ:left_wrist/left_shoulder', 'inFront')];
    const { values } = reward.score({
      rows: [turned(), turned('pelvis')].map((action) => ({ prompt, action })),
    });
    expect(values[0]).toBe(values[1]);
  });

  it('refuses constraints that do not exist', () => {
    expect(() =>
      reward.score({ rows: [{ prompt: [{ posecode: 999, category: 0 }], action: turned() }] }),
    ).toThrow(InvalidConstraintError);
  });
});
