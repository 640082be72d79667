import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
import { PoseFramesError } from './pose-frames.js';
import { parsePoseJson, PoseJsonError, poseToJson } from './pose-json.js';

function posesFrom(angles: readonly number[]): Float32Array {
  const poses = new Float32Array(angles.length * 2);
  for (let row = 0; row < angles.length / 3; row++)
    axisAngleToRotation6d(Float64Array.from(angles.slice(row * 3, row * 3 + 3)), 0, poses, row * 6);
  return poses;
}

const onePose = posesFrom(Array.from({ length: 72 }, (_, i) => Math.sin(i * 7)));

function mutated(edit: (document: Record<string, unknown>) => void): string {
  const document = JSON.parse(poseToJson(onePose)) as Record<string, unknown>;
  edit(document);
  return JSON.stringify(document);
}

describe('poseToJson and parsePoseJson', () => {
  it('are inverse to each other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }).chain((frames) =>
          fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
            minLength: frames * 72,
            maxLength: frames * 72,
          }),
        ),
        (angles) => {
          const poses = posesFrom(angles);
          const frames = angles.length / 72;
          const rootPositionsMetres = Float32Array.from({ length: frames * 3 }, (_, i) => i * 0.25 - 1);
          const read = parsePoseJson(poseToJson(poses, { framesPerSecond: 10, rootPositionsMetres }));
          expect(read.frameCount).toBe(frames);
          expect(read.framesPerSecond).toBe(10);
          expect(read.rootPositionsMetres).toEqual(rootPositionsMetres);
          read.pose6d.forEach((value, i) => {
            expect(Math.abs(value - (poses[i] as number))).toBeLessThan(1e-5);
          });
        },
      ),
      { numRuns: 20 },
    );
  });

  it('spell out units, axes and joints for readers without this library', () => {
    const document = JSON.parse(poseToJson(onePose)) as Record<string, unknown>;
    expect(document).toMatchObject({
      schema: 'pose-rft/smpl-pose',
      version: 1,
      units: { angle: 'radian', length: 'metre' },
      axes: { up: '+y', front: '+z', left: '+x' },
    });
    expect(document['jointNames']).toHaveLength(24);
    expect(document).not.toHaveProperty('framesPerSecond');
  });

  it.each<[string, string, RegExp]>([
    ['cut short', poseToJson(onePose).slice(0, 900), /the file must be JSON/],
    ['a list', '[]', /the file must be an object, found \[\]/],
    ['another schema', '{"schema":"bvh"}', /schema must be "pose-rft\/smpl-pose", found "bvh"/],
    ['a later version', mutated((d) => (d['version'] = 2)), /version must be 1, found 2/],
    ['degrees', mutated((d) => (d['units'] = { angle: 'degree' })), /units\.angle must be "radian"/],
    [
      'a joint missing',
      mutated((d) => (d['jointNames'] as string[]).pop()),
      /jointNames must be a list of 24/,
    ],
    ['no frames', mutated((d) => (d['frames'] = [])), /frames must be at least one frame, found none/],
    [
      'a rotation missing',
      mutated((d) => (d['frames'] as { rotations: number[][] }[])[0]?.rotations.pop()),
      /frames\[0\]\.rotations must be a list of 24, found 23/,
    ],
    [
      'a text for a number',
      mutated((d) => (d['frames'] as { rotations: unknown[][] }[])[0]?.rotations[5]?.splice(1, 1, 'x')),
      /frames\[0\]\.rotations\[5\]\[1\] must be a number.*found "x"/,
    ],
    [
      'an infinity',
      poseToJson(onePose).replace(/\[\[[-\d.e]+/, '[[1e999'),
      /rotations\[0\]\[0\] must be a number/,
    ],
  ])('refuse %s', (_, text, message) => {
    expect(() => parsePoseJson(text)).toThrow(PoseJsonError);
    expect(() => parsePoseJson(text)).toThrow(message);
  });

  it('give a typed error or sound poses for mutated files', () => {
    const text = poseToJson(onePose, { framesPerSecond: 10 });
    const edit = fc.record({
      at: fc.nat(text.length - 1),
      remove: fc.nat(12),
      insert: fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.constantFrom('null', '[', ']', '1e999', '-', ',', '{}'),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const mutant = edits.reduce(
          (current, { at, remove, insert }) => current.slice(0, at) + insert + current.slice(at + remove),
          text,
        );
        try {
          const { frameCount, pose6d } = parsePoseJson(mutant);
          expect(pose6d).toHaveLength(frameCount * 144);
          expect(pose6d.every(Number.isFinite)).toBe(true);
        } catch (error) {
          if (!(error instanceof PoseJsonError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('refuse to write numbers that are not poses', () => {
    expect(() => poseToJson(new Float32Array(100))).toThrow(PoseFramesError);
    expect(() => poseToJson(new Float32Array(144).fill(NaN))).toThrow(PoseFramesError);
  });
});
