import {
  axisAngleToRotation6d,
  createBodyProxy,
  jointIndex,
  SYNTHETIC_SKELETON,
  type JointName,
} from '@pose-rft/smpl';
import { constraintOf } from '@pose-rft/text-pose';
import { describe, expect, it } from 'vitest';
import { RewardInputError } from '../reward-input-error.js';
import { diversityReward } from './diversity-reward.js';
import { groundContactReward } from './ground-contact-reward.js';
import { jointLimitReward } from './joint-limit-reward.js';
import { selfPenetrationReward } from './self-penetration-reward.js';

type Turned = Partial<Record<JointName, readonly [number, number, number]>>;

function poseOf(turned: Turned = {}): Float32Array {
  const pose = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
  for (const [name, vector] of Object.entries(turned))
    axisAngleToRotation6d(Float64Array.from(vector), 0, pose, 6 * jointIndex(name as JointName));
  return pose;
}

const pose6d = (action: Float32Array): Float32Array => action;
const rows = <Prompt>(
  prompt: Prompt,
  ...actions: Float32Array[]
): { prompt: Prompt; action: Float32Array }[] => actions.map((action) => ({ prompt, action }));
const creditOf = (perGroup: Float32Array | undefined, row: number, name: JointName): number =>
  perGroup?.[24 * row + jointIndex(name)] ?? Number.NaN;

describe('jointLimitReward', () => {
  it('loses the share of the joint that is out of its limits, and credits that joint', () => {
    const reward = jointLimitReward<undefined, Float32Array>({ pose6d, scaleRadians: 0.5 });
    // The knee bends backwards by up to 8 degrees: a radian is too far by 1 - 8 degrees.
    const { values, perGroup } = reward.score({
      rows: rows(undefined, poseOf(), poseOf({ left_knee: [-1, 0, 0] }), poseOf({ pelvis: [3, 0, 0] })),
    });
    const share = Math.exp(-(1 - (8 * Math.PI) / 180) / 0.5);
    expect(values[0]).toBe(1);
    expect(values[1]).toBeCloseTo((22 + share) / 23, 5);
    expect(values[2]).toBe(1);
    expect(creditOf(perGroup, 1, 'left_knee')).toBeCloseTo(share / 23, 5);
    expect(creditOf(perGroup, 1, 'right_knee')).toBeCloseTo(1 / 23, 6);
    expect(creditOf(perGroup, 1, 'pelvis')).toBe(0);
  });

  it('refuses scales and poses that are none', () => {
    expect(() => jointLimitReward({ pose6d, scaleRadians: 0 })).toThrow(RangeError);
    const reward = jointLimitReward<undefined, Float32Array>({ pose6d });
    expect(() => reward.score({ rows: rows(undefined, new Float32Array(6)) })).toThrow(RewardInputError);
    expect(() => reward.score({ rows: rows(undefined, poseOf().fill(Number.NaN)) })).toThrow(/NaN/);
  });
});

describe('selfPenetrationReward', () => {
  const through = poseOf({ left_shoulder: [0, 0, -1.3], left_elbow: [0, 0, -1.5] });

  it('falls with the depth that the body proxy measures', () => {
    const reward = selfPenetrationReward<undefined, Float32Array>({ pose6d, scaleMetres: 0.1 });
    const { values } = reward.score({ rows: rows(undefined, poseOf(), through) });
    expect(values[0]).toBe(1);
    expect(values[1]).toBeLessThan(0.7);
    const lenient = selfPenetrationReward<undefined, Float32Array>({ pose6d, toleranceMetres: 1 });
    expect(lenient.score({ rows: rows(undefined, through) }).values[0]).toBe(1);
  });

  it('blames the arm that reaches into the belly, not the legs, and never the root', () => {
    const { perGroup } = selfPenetrationReward<undefined, Float32Array>({ pose6d }).score({
      rows: rows(undefined, poseOf(), through),
    });
    for (const joint of ['left_shoulder', 'left_elbow'] as const)
      expect(creditOf(perGroup, 1, joint)).toBeLessThan(0.8 * creditOf(perGroup, 0, joint));
    for (const joint of ['left_hip', 'right_elbow'] as const) expect(creditOf(perGroup, 1, joint)).toBe(1);
    expect(creditOf(perGroup, 0, 'pelvis')).toBe(0);
  });

  it('refuses lengths that are none', () => {
    expect(() => selfPenetrationReward({ pose6d, scaleMetres: Number.NaN })).toThrow(RangeError);
    expect(() => selfPenetrationReward({ pose6d, toleranceMetres: -0.01 })).toThrow(RangeError);
  });
});

describe('groundContactReward', () => {
  const heights = new Float64Array(17);
  const soles = createBodyProxy(SYNTHETIC_SKELETON).lowestHeights(
    SYNTHETIC_SKELETON.restJointsMetres,
    0,
    heights,
  );

  it('is 1 on the ground, and falls alike above and below it', () => {
    const reward = groundContactReward({
      pose6d,
      groundMetres: (height: number) => height,
      scaleMetres: 0.1,
    });
    const { values } = reward.score({
      rows: [soles, soles + 0.1, soles - 0.1].map((prompt) => ({ prompt, action: poseOf() })),
    });
    expect(values[0]).toBeCloseTo(1, 5);
    expect(values[1]).toBeCloseTo(Math.exp(-1), 5);
    expect(values[2]).toBeCloseTo(Math.exp(-1), 5);
  });

  it('asks for the named contacts, in the frame of the world', () => {
    const reward = groundContactReward({ pose6d, contacts: (names: readonly string[]) => names });
    const feet = ['left foot', 'right foot'];
    const upsideDown = poseOf({ pelvis: [Math.PI, 0, 0] });
    const { values } = reward.score({
      rows: [...rows(feet, poseOf(), upsideDown), ...rows(['head'], upsideDown), ...rows([], poseOf())],
    });
    expect(values[0]).toBeGreaterThan(0.99);
    expect(values[1]).toBeLessThan(0.01);
    expect(values[2]).toBeGreaterThan(0.99);
    expect(values[3]).toBeNaN();
  });

  it('names the contact that it does not know, and refuses to know nothing', () => {
    const reward = groundContactReward({ pose6d, contacts: () => ['left tail'] });
    expect(() => reward.score({ rows: rows(undefined, poseOf()) })).toThrow(
      /'left tail' of row 0 .*left foot/,
    );
    expect(() => groundContactReward({ pose6d })).toThrow(/groundMetres, contacts, or both/);
    const nowhere = groundContactReward({ pose6d, groundMetres: () => Number.NaN });
    expect(() => nowhere.score({ rows: rows(undefined, poseOf()) })).toThrow(RewardInputError);
  });
});

describe('diversityReward', () => {
  const armDown = (radians: number): Float32Array => poseOf({ left_shoulder: [0, 0, -radians] });
  const broken = poseOf({ left_knee: [-2, 0, 0] });

  it('is larger the farther the others are, and 0 for equal poses', () => {
    const reward = diversityReward<string, Float32Array>({ pose6d });
    const { values } = reward.score({ rows: rows('stand', poseOf(), armDown(0.5), armDown(1)) });
    expect(values[1]).toBeLessThan(values[0] ?? 0);
    expect(values[1]).toBeLessThan(values[2] ?? 0);
    const equal = reward.score({ rows: rows('stand', poseOf(), poseOf()) });
    expect([...equal.values]).toEqual([0, 0]);
  });

  it('does not pay for breaking limits or constraints, nor for fleeing those that do', () => {
    const straight = [constraintOf('angle:left_elbow', 'straight')];
    const reward = diversityReward({ pose6d, constraints: (prompt: typeof straight) => prompt });
    const bent = poseOf({ left_elbow: [0, -1.5, 0] });
    const { values } = reward.score({ rows: rows(straight, poseOf(), armDown(1), bent, broken) });
    const without = reward.score({ rows: rows(straight, poseOf(), armDown(1)) });
    expect([values[2], values[3]]).toEqual([0, 0]);
    expect([values[0], values[1]]).toEqual([...without.values]);
    expect(values[0]).toBeGreaterThan(0);
    const lax = diversityReward<string, Float32Array>({ pose6d, allowsBrokenLimits: true });
    expect(lax.score({ rows: rows('any', poseOf(), broken) }).values[1]).toBeGreaterThan(0);
  });

  it('compares within groups only, and declines where there is nothing to compare with', () => {
    const reward = diversityReward<string, Float32Array>({ pose6d });
    const { values } = reward.score({
      rows: [...rows('a', poseOf(), armDown(1)), ...rows('b', armDown(0.5)), ...rows('c', broken)],
    });
    expect(values[0]).toBeCloseTo(values[1] ?? 0, 6);
    expect(values[2]).toBeNaN();
    expect(values[3]).toBe(0);
    const byKey = diversityReward<string, Float32Array>({ pose6d, groupOf: () => 'all' });
    expect(
      byKey.score({ rows: [...rows('a', poseOf()), ...rows('b', armDown(1))] }).values[0],
    ).toBeGreaterThan(0);
  });

  it('is not raised by two distant clusters where the nearest counts', () => {
    const clusters = rows('x', poseOf(), poseOf(), armDown(1), armDown(1));
    const mean = diversityReward<string, Float32Array>({ pose6d }).score({ rows: clusters });
    const nearest = diversityReward<string, Float32Array>({ pose6d, distanceTo: 'nearest' });
    expect(mean.values[0]).toBeGreaterThan(0);
    expect([...nearest.score({ rows: clusters }).values]).toEqual([0, 0, 0, 0]);
  });
});
