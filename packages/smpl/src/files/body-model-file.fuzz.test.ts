import { readFileSync } from 'node:fs';
import { createRandom, type Random } from '@pose-rft/random';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { tinyModelFields } from '../__golden__/tiny-model.js';
import { readBodyModel } from './body-model-file.js';
import { DataFileError } from './data-file-error.js';
import { readNpy } from './npy.js';
import { readNpz } from './npz.js';
import { readPickle } from './pickle.js';
import { writeNpz } from './write-npz.js';

/** `npm run fuzz` sets more. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 250);
/** A hang is longer; a busy machine takes its time. */
const LONGEST_MILLISECONDS = 10_000;
const MOST_BYTES = 400e6;

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xffffffff] as const;

/** One to four small changes of a file: flipped bits, bytes of extreme value, pieces cut, doubled or moved. */
function mutate(file: Uint8Array, random: Random): Uint8Array {
  let bytes = file.slice();
  for (let change = random.integer(4); change >= 0 && bytes.length > 0; change--) {
    const at = random.integer(bytes.length);
    const length = Math.min(bytes.length - at, 1 + random.integer(64));
    const extreme = EXTREMES[random.integer(EXTREMES.length)] ?? 0;
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

/** Changes one array within an archive, whose checksums then fit again. */
function mutateEntry(file: Uint8Array, random: Random): Uint8Array {
  const entries = unzipSync(file);
  const names = Object.keys(entries);
  const name = names[random.integer(names.length)] as string;
  const entry = entries[name] as Uint8Array;
  // Mostly the header: the numbers are many, and change little.
  const head = mutate(entry.subarray(0, 128), random);
  const changed = random.integer(4) === 0 ? mutate(entry, random) : concatenate(head, entry.subarray(128));
  return zipSync({ ...entries, [name]: changed }, { level: 0, mtime: new Date(1980, 0, 1) });
}

const tinyNpz = writeNpz(tinyModelFields());
const smplPkl = new Uint8Array(readFileSync(new URL('../__golden__/smpl.pkl', import.meta.url)));
const pickles = Object.values(
  JSON.parse(readFileSync(new URL('../__golden__/pickles.golden.json', import.meta.url), 'utf8')) as Readonly<
    Record<string, Readonly<Record<string, string>>>
  >,
)
  .flatMap((protocols) => Object.values(protocols))
  .map((text) => Uint8Array.from(Buffer.from(text, 'base64')));
const npy = unzipSync(tinyNpz)['weights.npy'] as Uint8Array;

function readWholeNpz(bytes: Uint8Array): void {
  const npz = readNpz(bytes, 'fuzzed.npz');
  for (const name of npz.names) npz.read(name);
}

interface Reader {
  readonly name: string;
  readonly file: (random: Random) => Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
}

const readers: readonly Reader[] = [
  { name: '.npy', file: (random) => mutate(npy, random), read: (bytes) => readNpy(bytes, 'fuzzed.npy') },
  { name: '.npz', file: (random) => mutate(tinyNpz, random), read: readWholeNpz },
  {
    name: 'pickles of every protocol',
    file: (random) => mutate(pickles[random.integer(pickles.length)] as Uint8Array, random),
    read: (bytes) => readPickle(bytes, 'fuzzed.pkl'),
  },
  {
    name: 'body models in .npz, with checksums that fit',
    file: (random) => mutateEntry(tinyNpz, random),
    read: (bytes) => readBodyModel(bytes, 'fuzzed.npz'),
  },
  {
    name: 'body models in .pkl',
    file: (random) => mutate(smplPkl, random),
    read: (bytes) => readBodyModel(bytes, 'fuzzed.pkl'),
  },
];

describe(`${RUNS} damaged files`, () => {
  it.each(readers)(
    'give a typed error or a result, soon and in little memory: $name',
    ({ file, read }) => {
      const random = createRandom(20250811);
      const outcomes = { refused: 0, read: 0 };
      let slowest = 0;
      let most = 0;
      for (let run = 0; run < RUNS; run++) {
        const bytes = file(random);
        const start = performance.now();
        try {
          read(bytes);
          outcomes.read++;
        } catch (error) {
          if (!(error instanceof DataFileError)) throw new Error(`run ${run}`, { cause: error });
          outcomes.refused++;
        }
        slowest = Math.max(slowest, performance.now() - start);
        const { arrayBuffers, heapUsed } = process.memoryUsage();
        most = Math.max(most, arrayBuffers + heapUsed);
      }
      console.log(
        `${outcomes.refused} refused, ${outcomes.read} read; slowest ${slowest.toFixed(0)} ms, ${(most / 1e6).toFixed(0)} MB in use at most`,
      );
      expect(outcomes.refused).toBeGreaterThan(RUNS / 10);
      expect(slowest).toBeLessThan(LONGEST_MILLISECONDS);
      expect(most).toBeLessThan(MOST_BYTES);
    },
    3_600_000,
  );
});
