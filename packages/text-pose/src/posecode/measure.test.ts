import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { describe, expect, it } from 'vitest';
import { KNEEL, posed, SQUAT } from '../../test/structured-poses.js';
import { measure, UnknownPosecodeError } from './measure.js';
import { posecodeIndex, UnknownPosecodeNameError } from './posecode-index.js';
import { POSECODES } from './posecodes.js';

const valueOf = (name: string, joints: Float64Array): number => measure(posecodeIndex(name), joints, 0);

describe('POSECODES', () => {
  it('have unique names and categories, and no empty interval', () => {
    expect(new Set(POSECODES.map(({ name }) => name)).size).toBe(POSECODES.length);
    for (const { categories, name } of POSECODES) {
      expect(new Set(categories.map((category) => category.name)).size, name).toBe(categories.length);
      for (const { above, upTo } of categories) expect(above).toBeLessThan(upTo);
    }
  });

  it('name both sides alike', () => {
    const names = new Set(POSECODES.map(({ name }) => name));
    const swap = (name: string): string =>
      name.replaceAll(/left|right/g, (side) => (side === 'left' ? 'right' : 'left'));
    const oneWay = [...names].filter((name) => !names.has(swap(name)) && !name.includes('left_'));
    expect(oneWay).toEqual([]);
  });
});

describe('measure', () => {
  it('reads the angle that an elbow was bent by', () => {
    const straight = valueOf('angle:left_elbow', posed({}));
    expect(straight).toBeGreaterThan(170);
    expect(valueOf('angle:left_elbow', posed({ left_elbow: [0, -Math.PI / 2, 0] }))).toBeCloseTo(90, -1);
    expect(valueOf('angle:right_elbow', posed({ left_elbow: [0, -Math.PI / 2, 0] }))).toBeCloseTo(
      straight,
      6,
    );
  });

  it('has x to the left, y up and z to the front', () => {
    const rest = SYNTHETIC_SKELETON.restJointsMetres;
    expect(valueOf('relativeX:left_wrist/left_shoulder', rest)).toBeGreaterThan(0.4);
    expect(valueOf('relativeX:right_wrist/right_shoulder', rest)).toBeLessThan(-0.4);
    expect(valueOf('relativeY:left_wrist/neck', posed({ left_shoulder: [0, 0, 1.2] }))).toBeGreaterThan(0.3);
    expect(valueOf('relativeZ:left_ankle/left_hip', posed({ left_hip: [-1, 0, 0] }))).toBeGreaterThan(0.4);
  });

  it('signs bend, lean, twist and the head as documented', () => {
    expect(valueOf('torsoBend', posed({ spine1: [0.6, 0, 0] }))).toBeGreaterThan(20);
    expect(valueOf('torsoLean', posed({ spine1: [0, 0, -0.5] }))).toBeGreaterThan(15);
    expect(valueOf('torsoTwist', posed({ spine1: [0, 0.5, 0] }))).toBeCloseTo((0.5 * 180) / Math.PI, 0);
    expect(valueOf('headPitch', posed({}))).toBeCloseTo(0, 9);
    expect(valueOf('headPitch', posed({ neck: [0.6, 0, 0] }))).toBeGreaterThan(25);
    expect(valueOf('headTilt', posed({ neck: [0, 0, -0.6] }))).toBeGreaterThan(20);
  });

  it('measures heights from what may carry the body', () => {
    expect(valueOf('onGround:left_foot', posed({}))).toBeCloseTo(0, 9);
    expect(valueOf('onGround:left_knee', posed({}))).toBeGreaterThan(0.3);
    expect(valueOf('onGround:left_knee', posed(KNEEL))).toBeLessThan(0.1);
    expect(valueOf('onGround:left_hand', posed({ ...SQUAT }))).toBeGreaterThan(0);
  });

  it('measures limbs against the vertical, whichever way they point', () => {
    expect(valueOf('pitchRoll:left_shin', posed({}))).toBeLessThan(10);
    expect(valueOf('pitchRoll:left_thigh', posed({ left_hip: [-Math.PI / 2, 0, 0] }))).toBeGreaterThan(80);
    expect(valueOf('gapZ:left_ankle/right_ankle', posed({ right_hip: [-1, 0, 0] }))).toBeGreaterThan(0.4);
  });

  it('reads the pose at its offset', () => {
    const two = new Float32Array(144);
    two.set(SYNTHETIC_SKELETON.restJointsMetres, 0);
    two.set(posed(SQUAT), 72);
    const knee = posecodeIndex('angle:left_knee');
    expect(measure(knee, two, 0)).toBeGreaterThan(160);
    expect(measure(knee, two, 72)).toBeLessThan(105);
  });

  it('names what it does not know', () => {
    expect(() => measure(1000, new Float64Array(72), 0)).toThrow(UnknownPosecodeError);
    expect(() => posecodeIndex('angle:left_ear')).toThrow(UnknownPosecodeNameError);
    expect(() => posecodeIndex('angle:left_ear')).toThrow(/angle:left_elbow/);
  });
});
