import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { createKinematics } from '../kinematics/kinematics.js';
import { EmptyMetricError } from '../metrics/joint-error.js';
import { NonFiniteJointsError } from '../metrics/non-finite-joints-error.js';
import { ArrayRangeError } from '../real-array.js';
import { jointIndex, type JointName } from '../skeleton/joints.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { SMPL_CAPSULES } from './body-capsules.js';
import { createBodyProxy, InvalidCapsuleError } from './body-proxy.js';
import { footSkate } from './foot-skate.js';
import { segmentDistance } from './segment-distance.js';

const proxy = createBodyProxy(SYNTHETIC_SKELETON);
const kinematics = createKinematics(SYNTHETIC_SKELETON);

function jointsOf(turned: Partial<Record<JointName, readonly [number, number, number]>>): Float64Array {
  const pose = new Float64Array(72);
  for (const [name, vector] of Object.entries(turned)) pose.set(vector, 3 * jointIndex(name as JointName));
  const joints = new Float64Array(72);
  kinematics.jointsFromAxisAngle(pose, 0, joints, 0);
  return joints;
}

describe('the distance of segments', () => {
  it.each<[string, readonly number[], readonly number[], number]>([
    ['crossing', [-1, 0, 0, 1, 0, 0], [0, -1, 0, 0, 1, 0], 0],
    ['skew', [-1, 0, 0, 1, 0, 0], [0, -1, 2, 0, 1, 2], 2],
    ['parallel', [0, 0, 0, 1, 0, 0], [0.5, 3, 0, 2, 3, 0], 3],
    ['parallel, apart', [0, 0, 0, 1, 0, 0], [4, 4, 0, 6, 4, 0], 5],
    ['in line', [0, 0, 0, 1, 0, 0], [3, 0, 0, 2, 0, 0], 1],
    ['end to middle', [0, 0, 0, 1, 0, 0], [0.5, 1, 0, 0.5, 2, 0], 1],
    ['middle to end', [0.5, 1, 0, 0.5, 2, 0], [0, 0, 0, 1, 0, 0], 1],
    ['end to end', [0, 0, 0, 1, 0, 0], [2, 1, 0, 3, 5, 0], Math.SQRT2],
    ['points', [1, 2, 3, 1, 2, 3], [1, 2, 5, 1, 2, 5], 2],
    ['a point and a segment', [0, 1, 0, 0, 1, 0], [-1, 0, 0, 1, 0, 0], 1],
    ['a segment and a point', [-1, 0, 0, 1, 0, 0], [3, 0, 0, 3, 0, 0], 2],
  ])('%s', (_, first, second, expected) => {
    expect(segmentDistance(Float64Array.from([9, ...first]), 1, Float64Array.from(second), 0)).toBeCloseTo(
      expected,
      12,
    );
  });

  it('is the least over all pairs of points', () => {
    const random = createRandom(1);
    for (let trial = 0; trial < 50; trial++) {
      const segments = random.fillNormal(new Float64Array(12));
      const distance = segmentDistance(segments, 0, segments, 6);
      let least = Infinity;
      const at = (start: number, share: number, axis: number): number =>
        (1 - share) * (segments[start + axis] ?? 0) + share * (segments[start + 3 + axis] ?? 0);
      for (let s = 0; s <= 1; s += 0.05) {
        for (let t = 0; t <= 1; t += 0.05) {
          least = Math.min(least, Math.hypot(...[0, 1, 2].map((axis) => at(0, s, axis) - at(6, t, axis))));
        }
      }
      expect(distance).toBeLessThanOrEqual(least + 1e-12);
      expect(distance).toBeGreaterThan(least - 0.15);
    }
  });
});

describe('self-penetration', () => {
  it.each<[string, Partial<Record<JointName, readonly [number, number, number]>>]>([
    ['the rest pose', {}],
    ['standing with the arms down', { left_shoulder: [0, 0, -1.2], right_shoulder: [0, 0, 1.2] }],
    [
      'sitting',
      { left_hip: [-1.5, 0, 0], right_hip: [-1.5, 0, 0], left_knee: [1.5, 0, 0], right_knee: [1.5, 0, 0] },
    ],
    ['arms to the front', { left_shoulder: [0, -1.5, 0], right_shoulder: [0, 1.5, 0] }],
  ])('there is none in %s', (_, turned) => {
    expect(proxy.selfPenetration(jointsOf(turned), 0)).toEqual({
      deepestMetres: 0,
      totalMetres: 0,
      overlaps: [],
    });
  });

  it.each<[string, Partial<Record<JointName, readonly [number, number, number]>>, string, string]>([
    ['crossed shins', { left_hip: [0, 0, -0.25], right_hip: [0, 0, 0.25] }, 'left shin', 'right shin'],
    [
      'a forearm in the belly',
      { left_shoulder: [0, 0, -1.3], left_elbow: [0, 0, -1.5] },
      'belly',
      'left forearm',
    ],
    ['a shin through the other thigh', { left_hip: [0, 0, -0.6] }, 'left shin', 'right shin'],
  ])('is found in %s', (_, turned, first, second) => {
    const joints = new Float64Array(77);
    joints.set(jointsOf(turned), 5);
    const { deepestMetres, totalMetres, overlaps } = proxy.selfPenetration(joints, 5);
    expect(overlaps.map((overlap) => [overlap.first, overlap.second].sort())).toContainEqual(
      [first, second].sort(),
    );
    expect(deepestMetres).toBe(overlaps[0]?.depthMetres);
    expect(totalMetres).toBeCloseTo(
      overlaps.reduce((sum, { depthMetres }) => sum + depthMetres, 0),
      12,
    );
    expect(overlaps.every(({ depthMetres }) => depthMetres > 0.01)).toBe(true);
    expect(overlaps.map(({ depthMetres }) => depthMetres)).toEqual(
      overlaps.map(({ depthMetres }) => depthMetres).sort((a, b) => b - a),
    );
    expect(proxy.selfPenetration(joints, 5, deepestMetres).overlaps).toEqual([]);
  });

  it('misses no pair: the depths are those of the segments, for any pose', () => {
    const random = createRandom(5);
    const depths = new Float64Array(proxy.pairs.length);
    let overlapping = 0;
    for (let pose = 0; pose < 200; pose++) {
      const axisAngles = random.fillNormal(new Float64Array(72));
      const joints = new Float64Array(72);
      kinematics.jointsFromAxisAngle(axisAngles, 0, joints, 0);
      const segments = proxy.capsules.map(({ from, to, extensionMetres }) => {
        const start = joints.slice(3 * from, 3 * from + 3);
        const end = joints.slice(3 * to, 3 * to + 3);
        const length = Math.hypot(...end.map((coordinate, axis) => coordinate - (start[axis] ?? 0)));
        const beyond = end.map((coordinate, axis) => {
          const step = coordinate - (start[axis] ?? 0);
          return coordinate + (extensionMetres / length) * step;
        });
        return Float64Array.from([...start, ...beyond]);
      });
      const total = proxy.penetrationDepths(joints, 0, depths, 0);
      expect(total).toBeCloseTo(
        depths.reduce((sum, depth) => sum + depth, 0),
        12,
      );
      proxy.pairs.forEach(([first, second], pair) => {
        const reach =
          (proxy.capsules[first]?.radiusMetres ?? 0) + (proxy.capsules[second]?.radiusMetres ?? 0);
        const distance = segmentDistance(
          segments[first] ?? new Float64Array(6),
          0,
          segments[second] ?? new Float64Array(6),
          0,
        );
        expect(depths[pair]).toBeCloseTo(Math.max(0, reach - distance), 10);
        if (distance < reach) overlapping++;
      });
    }
    expect(overlapping).toBeGreaterThan(200);
  });

  it('does not depend on where the body is, and grows with it', () => {
    const joints = jointsOf({ left_hip: [0, 0, -0.25], right_hip: [0, 0, 0.25] });
    const { deepestMetres } = proxy.selfPenetration(joints, 0);
    const moved = joints.map((coordinate, index) => coordinate + ([3, -1, 7][index % 3] ?? 0));
    expect(proxy.selfPenetration(moved, 0).deepestMetres).toBeCloseTo(deepestMetres, 12);
    const twice = createBodyProxy({
      ...SYNTHETIC_SKELETON,
      restJointsMetres: SYNTHETIC_SKELETON.restJointsMetres.map((coordinate) => 2 * coordinate),
    });
    expect(
      twice.selfPenetration(
        joints.map((coordinate) => 2 * coordinate),
        0,
      ).deepestMetres,
    ).toBeCloseTo(2 * deepestMetres, 12);
    expect(twice.capsules[0]?.radiusMetres).toBeCloseTo(2 * (SMPL_CAPSULES[0]?.radiusMetres ?? 0), 12);
  });
});

describe('ground contact', () => {
  const rest = SYNTHETIC_SKELETON.restJointsMetres;

  it('gives the height of each capsule, and the least of them', () => {
    const heights = new Float64Array(proxy.capsules.length);
    const lowest = proxy.lowestHeights(rest, 0, heights);
    expect(lowest).toBe(Math.min(...heights));
    const foot = proxy.capsules.findIndex(({ name }) => name === 'left foot');
    expect(heights[foot]).toBe(lowest);
    expect(() => proxy.lowestHeights(rest, 0, new Float64Array(3))).toThrow(ArrayRangeError);
    expect(() => proxy.penetrationDepths(rest, 0, new Float64Array(3))).toThrow(ArrayRangeError);
  });

  it('is made by the feet of a standing body', () => {
    const ground = proxy.groundContact(rest, 0).clearanceMetres;
    const standing = proxy.groundContact(rest, 0, ground);
    expect(standing.clearanceMetres).toBeCloseTo(0, 12);
    expect(standing.penetrationMetres).toBeCloseTo(0, 12);
    expect(standing.touching).toEqual(['left foot', 'right foot']);
    const sunk = proxy.groundContact(rest, 0, ground + 0.1);
    expect(sunk.penetrationMetres).toBeCloseTo(0.1, 12);
    const floating = proxy.groundContact(rest, 0, ground - 0.1);
    expect(floating).toEqual({
      clearanceMetres: expect.closeTo(0.1, 12),
      penetrationMetres: 0,
      touching: [],
    });
    expect(proxy.groundContact(rest, 0, ground - 0.1, 0.11).touching).toContain('left foot');
  });
});

describe('foot skating', () => {
  it('counts what moves level, near the ground, in two frames running', () => {
    const frames = [
      [0, 0.01, 0],
      [0.03, 0.02, 0.04], // 5 cm
      [0.03, 0.3, 9], // lifted
      [5, 0.01, 0], // put down elsewhere: no two frames running
      [5, 0.05, 0], // stands
    ].flat();
    const { skateMetresPerSecond, contactFraction } = footSkate(
      Float64Array.from([7, ...frames]),
      1,
      5,
      1,
      [0],
      {
        frameRateHertz: 10,
      },
    );
    expect(contactFraction).toBe(0.5);
    expect(skateMetresPerSecond).toBeCloseTo((10 * 0.05) / 2, 12);
    const high = { frameRateHertz: 10, groundMetres: -1 };
    expect(footSkate(Float64Array.from(frames), 0, 5, 1, [0], high)).toEqual({
      skateMetresPerSecond: 0,
      contactFraction: 0,
    });
    const generous = { frameRateHertz: 10, contactHeightMetres: 1 };
    expect(footSkate(Float64Array.from(frames), 0, 5, 1, [0], generous).contactFraction).toBe(1);
  });
});

describe('bad input', () => {
  it('is refused by name', () => {
    const joints = jointsOf({});
    expect(() => proxy.selfPenetration(joints, 1)).toThrow(ArrayRangeError);
    const broken = joints.slice();
    broken[3 * jointIndex('left_knee')] = Number.NaN;
    expect(() => proxy.selfPenetration(broken, 0)).toThrow(NonFiniteJointsError);
    expect(() => proxy.groundContact(broken, 0)).toThrow(/'left thigh', 1 or 4/);
    const capsule = { name: 'tail', from: 0, to: 24, radiusMetres: 0.1, extensionMetres: 0 };
    expect(() => createBodyProxy(SYNTHETIC_SKELETON, [capsule])).toThrow(InvalidCapsuleError);
    expect(() => createBodyProxy(SYNTHETIC_SKELETON, [{ ...capsule, to: 1, radiusMetres: 0 }])).toThrow(
      /radius 0/,
    );
    const skate = (frames: number, feet: readonly number[], frameRateHertz = 30) => {
      return () => footSkate(joints, 0, frames, 12, feet, { frameRateHertz });
    };
    expect(skate(1, [0])).toThrow(/frameCount is 1/);
    expect(skate(2.5, [0])).toThrow(EmptyMetricError);
    expect(skate(2, [])).toThrow(/feet is \[\]/);
    expect(skate(2, [12])).toThrow(/feet is \[12\]/);
    expect(skate(2, [0], 0)).toThrow(/frameRateHertz is 0/);
    expect(skate(3, [0])).toThrow(ArrayRangeError);
    broken.fill(0);
    broken[36 + 3] = Number.NaN;
    expect(() => footSkate(broken, 0, 2, 12, [1], { frameRateHertz: 30 })).toThrow(
      /Joint 1 of frame 1 is NaN/,
    );
    expect(footSkate(broken, 0, 2, 12, [0], { frameRateHertz: 30 }).contactFraction).toBe(1);
  });
});
