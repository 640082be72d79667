import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Random } from '@pose-rft/random';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDataset } from '../catalogue/read-dataset.js';
import { safeRelativePath } from '../files/safe-path.js';
import { DatasetProblemError } from '../reading/dataset-problem.js';
import type { DatasetRecord } from '../record/dataset-record.js';
import { JOINT_SETS } from '../record/joint-sets.js';
import { GOLDEN_FOLDER, problemTotal } from '../testing/golden.js';

/**
 * Files of data sets changed at random: every reader gives sound records, counts the rest, and throws nothing but its
 * own error, soon. Each file comes from the seed and its number. `npm run fuzz` takes 10,000 files a reader.
 */
const FILES = Number(process.env['FUZZ_RUNS'] ?? 200);
const SEED = 20261125;
const LONGEST_MILLISECONDS = 5000;

const READERS: readonly (readonly [dataset: string, split: string, file: string])[] = [
  ['3dpw', 'test', 'sequenceFiles/test/downtown_walk_00.pkl'],
  ['emdb', 'emdb1', 'P0/00_mvs_a/P0_00_mvs_a_data.pkl'],
  ['amass', 'train', 'CMU/01/01_01_poses.npz'],
  ['h36m', 'protocol1', 'h36m_valid_protocol1.npz'],
  ['h36m', 'protocol2', 'h36m_val_p2.npz'],
  ['h36m', 'motion-test', 'data_3d_h36m.npz'],
  ['mpi-inf-3dhp', 'train', 'mpi_inf_3dhp_train.npz'],
  ['coco', 'val2017', 'annotations/person_keypoints_val2017.json'],
  ['coco', 'smpl-eft', 'eft_fit/COCO2014-All-ver01.json'],
  ['mpii', 'train', 'annot/train.json'],
  ['bedlam-script', 'validation', 'processed/bedlam_validation_try.pkl'],
  ['bedlam-script', 'validation', 'processed/bedlam_validation_3caps_try.pkl'],
  ['llava-instruct-150k', 'train', 'llava_instruct_150k.json'],
  ['rpe', 'test', 'refine_vqa_pose_withGT.json'],
  ['reasoning-prompts', 'all', 'prompts.jsonl'],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'datasets-fuzz-'));
  READERS.forEach(([dataset], index) => {
    cpSync(join(GOLDEN_FOLDER, dataset), join(folder, String(index)), { recursive: true });
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe(`${FILES} damaged files`, () => {
  // At once: most of the time goes into waiting for files.
  it.concurrent.each(READERS.map((reader, index) => [...reader, index] as const))(
    '%s %s: %s',
    async (dataset, split, file, index) => {
      const own = join(folder, String(index));
      const path = join(own, file);
      const whole = new Uint8Array(readFileSync(path));
      const random = createRandom(SEED).split(`${dataset}/${file}`);
      const outcomes = { whole: 0, problems: 0 };
      let slowest = 0;
      for (let run = 0; run < FILES; run++) {
        writeFileSync(path, mutate(whole, file, random));
        const start = performance.now();
        const reading = readDataset(dataset, { folder: own, split, onProblem: 'skip' });
        let count = 0;
        try {
          for await (const record of reading) {
            assertSound(record);
            count++;
          }
        } catch (error) {
          throw new Error(`${dataset} ${file}, run ${run}`, { cause: error });
        }
        const summary = reading.summary();
        expect(summary.isComplete).toBe(true);
        expect(summary.recordCount).toBe(count);
        if (problemTotal(summary) > 0) {
          outcomes.problems++;
          const refusing = readDataset(dataset, { folder: own, split });
          const error: unknown = await drain(refusing).catch((caught: unknown) => caught);
          if (!(error instanceof DatasetProblemError))
            throw new Error(`${dataset} ${file}, run ${run}: not refused`, { cause: error });
        } else outcomes.whole++;
        slowest = Math.max(slowest, performance.now() - start);
      }
      writeFileSync(path, whole);
      expect(outcomes.problems).toBeGreaterThan(FILES / 20);
      expect(slowest).toBeLessThan(LONGEST_MILLISECONDS);
    },
    3_600_000,
  );
});

async function drain(records: AsyncIterable<DatasetRecord>): Promise<number> {
  let count = 0;
  for await (const record of records) count += record.id.length > 0 ? 1 : 0;
  return count;
}

/** Everything in a record is finite, fits together, and leads nowhere else. */
function assertSound({
  image,
  keypoints2d,
  keypoints3d,
  body,
  world,
  camera,
  texts,
  conversation,
}: DatasetRecord): void {
  const arrays: (Float32Array | Float64Array | undefined)[] = [
    keypoints2d?.pixels,
    keypoints2d?.confidence,
    keypoints3d?.metres,
    keypoints3d?.confidence,
    body?.axisAngles,
    body?.betas,
    body?.translationMetres,
    world?.rootAxisAngle,
    world?.translationMetres,
    camera?.worldToCamera,
    image?.crop && Float64Array.of(image.crop.left, image.crop.top, image.crop.width, image.crop.height),
  ];
  for (const array of arrays)
    if (array?.every(Number.isFinite) === false) throw new Error(`not finite: ${array.join()}`);
  if (image !== undefined && safeRelativePath(image.path) !== image.path) throw new Error(image.path);
  for (const [keypoints, size] of [
    [keypoints2d && { set: keypoints2d.jointSet, values: keypoints2d.pixels }, 2],
    [keypoints3d && { set: keypoints3d.jointSet, values: keypoints3d.metres }, 3],
  ] as const)
    if (keypoints && keypoints.values.length !== size * JOINT_SETS[keypoints.set].length)
      throw new Error(`${keypoints.values.length} numbers for ${keypoints.set}`);
  const joints = { smpl: 72, smplh: 156, smplx: 165 } as const;
  if (body && body.axisAngles.length !== joints[body.model])
    throw new Error(`${body.axisAngles.length} angles`);
  for (const text of [...(texts ?? []), ...(conversation ?? []).map((turn) => turn.text)])
    if (typeof text !== 'string') throw new Error(`a text is ${typeof text}`);
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0x7ff80000] as const;

function mutate(file: Uint8Array, name: string, random: Random): Uint8Array {
  if (name.endsWith('.npz') && random.integer(4) > 0) return mutateEntry(file, random);
  return name.includes('.json') && random.integer(2) === 0
    ? mutateText(file, random)
    : mutateBytes(file, random);
}

/** Changes one array within an archive, whose checksums then fit again. */
function mutateEntry(file: Uint8Array, random: Random): Uint8Array {
  const entries = unzipSync(file);
  const name = random.pick(Object.keys(entries));
  const entry = entries[name] as Uint8Array;
  const head = mutateBytes(entry.subarray(0, 128), random);
  const changed =
    random.integer(3) === 0 ? mutateBytes(entry, random) : concatenate(head, entry.subarray(128));
  if (random.integer(8) === 0) Reflect.deleteProperty(entries, name);
  else entries[name] = changed;
  return zipSync(entries, { level: 0, mtime: new Date(1980, 0, 1) });
}

/** Replaces one value of a JSON text by another, so that it stays JSON most of the time. */
function mutateText(file: Uint8Array, random: Random): Uint8Array {
  const text = new TextDecoder().decode(file);
  const values = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"\\]*"|true|false/g)];
  const chosen = random.pick(values);
  const other = random.pick(['null', '[]', '{}', '-1', '1e999', 'NaN', '"../x"', '""', '12345678', 'true']);
  return new TextEncoder().encode(
    text.slice(0, chosen.index) + other + text.slice(chosen.index + chosen[0].length),
  );
}

/** One to four small changes: flipped bits, bytes of extreme value, pieces cut, doubled or moved. */
function mutateBytes(file: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let bytes = file.slice();
  for (let change = random.integer(4); change >= 0 && bytes.length > 0; change--) {
    const at = random.integer(bytes.length);
    const length = Math.min(bytes.length - at, 1 + random.integer(64));
    const extreme = random.pick(EXTREMES);
    switch (random.integer(8)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << random.integer(8));
        break;
      case 1:
        bytes[at] = extreme & 255;
        break;
      case 2:
        bytes[at] = random.integer(256);
        break;
      case 3:
        if (at + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(at, extreme, true);
        break;
      case 4:
        bytes = bytes.slice(0, at);
        break;
      case 5:
        bytes = concatenate(bytes.subarray(0, at), bytes.subarray(at + length));
        break;
      case 6:
        bytes = concatenate(bytes.subarray(0, at + length), bytes.subarray(at));
        break;
      default:
        bytes.copyWithin(random.integer(bytes.length), at, at + length);
    }
  }
  return bytes;
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
