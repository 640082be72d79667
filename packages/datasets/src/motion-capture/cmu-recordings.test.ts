import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRandom } from '@pose-rft/random';
import {
  captionPose,
  constraintOf,
  describePose,
  holds,
  measure,
  posecodeIndex,
  satisfiedFraction,
  statement,
  type CategoryName,
} from '@pose-rft/text-pose';
import { beforeAll, describe, expect, test } from 'vitest';
import { readMotionCaptureFolder, type MotionCaptureTake } from './read-motion-capture-folder.js';

const recordings = resolve(import.meta.dirname, '../../../../../shared/data/cmu-mocap');
const isThere = existsSync(recordings);
if (!isThere)
  console.info(`skipped: no CMU recordings in ${recordings} (mocap.cs.cmu.edu, subjects 01 and 02)`);

/** Real people, recorded: the readers, the retargeting and the posecodes together must say what they did. */
describe.skipIf(!isThere)('recordings of CMU, 10 frames a second', () => {
  const takes = new Map<string, MotionCaptureTake>();
  beforeAll(async () => {
    for await (const take of readMotionCaptureFolder(recordings)) takes.set(take.name, take);
  });

  function take(name: string): MotionCaptureTake {
    const found = takes.get(name);
    if (found === undefined) throw new Error(`no take ${name}`);
    return found;
  }

  /** A posecode over the frames of a take. */
  function values(name: string, posecode: string): number[] {
    const { frameCount, bodyJoints } = take(name);
    return Array.from({ length: frameCount }, (_, frame) =>
      measure(posecodeIndex(posecode), bodyJoints, 72 * frame),
    );
  }

  function frames(name: string, ...claims: readonly (readonly [string, CategoryName])[]): boolean[] {
    const { frameCount, bodyJoints } = take(name);
    const constraints = claims.map((claim) => constraintOf(...claim));
    return Array.from({ length: frameCount }, (_, frame) =>
      constraints.every((constraint) => holds(constraint, bodyJoints, 72 * frame)),
    );
  }

  function heights(name: string): number[] {
    const { frameCount, rootPositionsMetres } = take(name);
    return Array.from({ length: frameCount }, (_, frame) => rootPositionsMetres[3 * frame + 1] as number);
  }

  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;

  test('all takes read, with finite joints and plausible bodies', () => {
    expect(takes.size).toBe(19);
    expect([...takes.values()].reduce((sum, { frameCount }) => sum + frameCount, 0)).toBe(4719);
    for (const { bodyJoints, rootPositionsMetres } of takes.values()) {
      expect(bodyJoints.every((value) => Math.abs(value) < 1.3)).toBe(true);
      expect(rootPositionsMetres.every((value) => Math.abs(value) < 6)).toBe(true);
    }
  });

  test('walk (02_01): the feet alternate in front, knees nearly straight, torso upright, hands low', () => {
    const lead = values('02_01', 'relativeZ:left_ankle/right_ankle');
    const leaders = lead.filter((metres) => Math.abs(metres) > 0.15).map(Math.sign);
    const changes = leaders.filter((leader, index) => index > 0 && leader !== leaders[index - 1]).length;
    // Three seconds of walking: about two steps a second.
    expect(changes).toBeGreaterThanOrEqual(4);
    expect(changes).toBeLessThanOrEqual(7);
    expect(Math.max(...lead)).toBeGreaterThan(0.4);
    expect(Math.min(...lead)).toBeLessThan(-0.4);
    for (const side of ['left', 'right']) {
      const knee = values('02_01', `angle:${side}_knee`);
      expect(mean(knee)).toBeGreaterThan(140);
      expect(Math.max(...knee)).toBeGreaterThan(160);
      expect(share(frames('02_01', [`relativeY:${side}_wrist/${side}_shoulder`, 'below']))).toBe(1);
    }
    expect(share(frames('02_01', ['pitchRoll:torso', 'vertical']))).toBeGreaterThan(0.95);
    const pelvis = heights('02_01');
    expect(Math.max(...pelvis) - Math.min(...pelvis)).toBeLessThan(0.12);
  });

  test('jump (02_04): a deep bend of both knees, flight with straight legs, a landing on bent knees', () => {
    const pelvis = heights('02_04');
    const top = pelvis.indexOf(Math.max(...pelvis));
    const crouched = frames('02_04', ['angle:left_knee', 'deeplyBent'], ['angle:right_knee', 'deeplyBent']);
    expect(crouched.slice(0, top)).toContain(true);
    expect(crouched.slice(top)).toContain(true);
    const straight = frames('02_04', ['angle:left_knee', 'extended'], ['angle:right_knee', 'extended']);
    expect(straight.slice(top - 1, top + 2)).toEqual([true, true, true]);
    expect((pelvis[top] as number) - (pelvis[0] as number)).toBeGreaterThan(0.3);
    // Both feet leave together: neither ever far in front of the other.
    expect(Math.max(...values('02_04', 'relativeZ:left_ankle/right_ankle').map(Math.abs))).toBeLessThan(0.3);
  });

  test('hang from a bar (01_14): for two seconds both wrists above the head, arms long', () => {
    const hanging = frames(
      '01_14',
      ['relativeY:left_wrist/head', 'above'],
      ['relativeY:right_wrist/head', 'above'],
    );
    const first = 54;
    expect(hanging.slice(first, first + 22)).toEqual(Array.from({ length: 22 }, () => true));
    for (const side of ['left', 'right'])
      expect(mean(values('01_14', `angle:${side}_elbow`).slice(first, first + 22))).toBeGreaterThan(140);
    expect(share(frames('02_01', ['relativeY:left_wrist/head', 'above']))).toBe(0);
  });

  test('captions and statements of real poses are true', () => {
    const random = createRandom(17);
    for (const { name, frameCount, bodyJoints } of takes.values())
      for (let frame = 0; frame < frameCount; frame += 10) {
        const caption = captionPose(bodyJoints, 72 * frame, random);
        expect(satisfiedFraction(caption.constraints, bodyJoints, 72 * frame), `${name} ${frame}`).toBe(1);
      }
  });

  test('what is told of single moments is what can be seen in the recording', () => {
    const told = (name: string, frame: number): string[] =>
      describePose(take(name).bodyJoints, 72 * frame).map((fact) => statement(fact));
    expect(told('01_14', 60)).toEqual(expect.arrayContaining(['left arm raised', 'right arm raised']));
    expect(told('02_04', 6)).toEqual(expect.arrayContaining(['left knee bent', 'right knee bent']));
    expect(told('02_04', 38)).not.toEqual(expect.arrayContaining(['left knee bent']));
  });
});
