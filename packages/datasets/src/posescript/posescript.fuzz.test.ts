import { createRandom, type Random } from '@pose-rft/random';
import { DataFileError } from '@pose-rft/smpl';
import { describe, expect, it } from 'vitest';
import { readPoseFix, type PoseFixFiles } from './posefix.js';
import { readPoseScript, type PoseScriptFiles } from './posescript.js';

/**
 * Files damaged at random: the readers give samples that are sound or their own error. Each file comes from the seed and
 * its number, so a failure can be had again. `npm run fuzz` takes 10,000 files a reader.
 */
const FILES = Number(process.env['FUZZ_RUNS'] ?? 300);
const SEED = 20260412;

const references = JSON.stringify({
  '0': ['AMASS', 'CMU/01/01_01_poses.npz', 3],
  '1': ['AMASS', 'KIT/a.npz', 0],
});
const captions = JSON.stringify({ '0': ['They walk.', 'A step.'], '1': 'They kneel.' });
const pairs = JSON.stringify([
  [0, 1],
  [1, 0],
]);
const split = JSON.stringify([0, 1]);
const HOSTILE = [
  '{"__proto__":["x"]}',
  '1e999',
  'NaN',
  '-1',
  '[[[[',
  '"\\u0000"',
  '{"constructor":1}',
  '1.5',
  'null',
];

const named = (text: string): { name: string; text: string } => ({ name: 'file.json', text });

/** A few places cut out, doubled, replaced or filled with what readers trip over. */
function damaged(text: string, random: Random): string {
  let result = text;
  for (let wounds = 1 + random.integer(3); wounds > 0; wounds--) {
    const from = random.integer(result.length + 1);
    const to = Math.min(result.length, from + random.integer(8));
    const middle = [
      '',
      result.slice(from, to).repeat(2),
      random.pick(HOSTILE),
      String.fromCharCode(random.integer(0x250)),
    ];
    result = result.slice(0, from) + random.pick(middle) + result.slice(to);
  }
  return random.uniform() < 0.1 ? result.slice(0, random.integer(result.length + 1)) : result;
}

function check(
  read: () => { readonly samples: readonly object[] },
  isSound: (sample: object) => boolean,
): void {
  try {
    expect(read().samples.every(isSound)).toBe(true);
  } catch (error) {
    if (!(error instanceof DataFileError)) throw error;
    expect(error.message).toContain('file.json');
  }
}

const isReference = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'sequence' in value &&
  typeof value.sequence === 'string' &&
  'frame' in value &&
  Number.isSafeInteger(value.frame);
const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string' && text !== '');

describe('damaged files', () => {
  it('of PoseScript give sound samples or a DataFileError', () => {
    for (let file = 0; file < FILES; file++) {
      const random = createRandom(SEED).split(file);
      const maybe = (text: string): string => (random.uniform() < 0.5 ? damaged(text, random) : text);
      const files: PoseScriptFiles = {
        references: named(maybe(references)),
        captions: [named(maybe(captions))],
        split: named(maybe(split)),
      };
      check(
        () => readPoseScript(files),
        (sample) =>
          'reference' in sample &&
          isReference(sample.reference) &&
          'captions' in sample &&
          areTexts(sample.captions),
      );
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('of PoseFix give sound samples or a DataFileError', () => {
    for (let file = 0; file < FILES; file++) {
      const random = createRandom(SEED + 1).split(file);
      const maybe = (text: string): string => (random.uniform() < 0.5 ? damaged(text, random) : text);
      const files: PoseFixFiles = {
        references: named(maybe(references)),
        pairs: named(maybe(pairs)),
        instructions: [named(maybe(captions))],
        split: [named(maybe(split))],
      };
      check(
        () => readPoseFix(files),
        (sample) =>
          'source' in sample &&
          isReference(sample.source) &&
          'target' in sample &&
          isReference(sample.target) &&
          'instructions' in sample &&
          areTexts(sample.instructions),
      );
    }
  });
});
