import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '@pose-rft/random';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
import { readAmass } from './amass.js';
import { amassToSmpl, smplToAmass, writeAmass } from './amass-motion.js';
import { readAmc } from './amc.js';
import { readAsf } from './asf.js';
import { asfSegmentMotion } from './asf-segment-motion.js';
import { CMU_ASF_BONES } from './bone-mapping.js';
import { readBvh } from './bvh.js';
import { bvhSegmentMotion } from './bvh-kinematics.js';
import { DataFileError } from './data-file-error.js';
import { MotionFileError } from './motion-file-error.js';
import { parsePoseJson, PoseJsonError, poseToJson } from './pose-json.js';
import { retargetToSmpl, type SmplMotion } from './retarget.js';
import { RetargetError } from './retarget-error.js';
import { writeBvh } from './write-bvh.js';

/**
 * Files changed at random: every reader gives a sound motion or its own error, soon, in bounded memory. Each file comes
 * from the seed and its number, so a failure can be had again. `npm run fuzz` takes 10,000 files a reader.
 */
const FILES = Number(process.env['FUZZ_RUNS'] ?? 150);
const SEED = 20260301;
/** Reading one of these small files takes a millisecond; a busy machine is forgiven much. */
const LONGEST_MILLISECONDS = 2000;
const LARGEST_GROWTH_BYTES = 400 * 2 ** 20;

const FRAMES = 3;
const motion = soundMotion();

function soundMotion(): SmplMotion {
  const random = createRandom(SEED);
  const pose6d = new Float32Array(FRAMES * 144);
  for (let row = 0; row < FRAMES * 24; row++)
    axisAngleToRotation6d(
      Float64Array.from({ length: 3 }, () => 0.3 * random.normal()),
      0,
      pose6d,
      row * 6,
    );
  return { frameCount: FRAMES, pose6d, rootPositionsMetres: new Float32Array(FRAMES * 3).fill(0.5) };
}

/** A skeleton with CMU's bones, all of them, and two frames of it. */
function acclaimFiles(): { asf: string; amc: string } {
  const directions: Record<string, string> = { femur: '0 -1 0', tibia: '0 -1 0', foot: '0 -0.3 1' };
  const sideBones = ['hipjoint', 'femur', 'tibia', 'foot', 'toes'];
  const armBones = ['clavicle', 'humerus', 'radius', 'wrist', 'hand'];
  const chains = ['l', 'r'].flatMap((side) => [
    ['root', ...sideBones.map((name) => side + name)],
    ['thorax', ...armBones.map((name) => side + name)],
  ]);
  chains.push(['root', 'lowerback', 'upperback', 'thorax', 'lowerneck', 'head']);
  const bones = chains.flatMap((chain) => chain.slice(1));
  const direction = (name: string): string => {
    const sign = name.startsWith('l') && name !== 'lowerback' && name !== 'lowerneck' ? 1 : -1;
    if (name.endsWith('hipjoint')) return `${sign} -0.3 0`;
    const known = Object.entries(directions).find(([part]) => name.endsWith(part));
    if (known !== undefined) return known[1];
    if (name.endsWith('toes')) return '0 0 1';
    return armBones.some((part) => name === `l${part}` || name === `r${part}`) ? `${sign} 0 0` : '0 1 0';
  };
  const bone = (name: string, index: number): string =>
    `  begin\n  id ${index}\n  name ${name}\n  direction ${direction(name)}\n  length 5\n  axis 0 0 20 XYZ\n  dof rx ry rz\n  limits (-180 180)\n  end`;
  const asf = `:version 1.10\n:name all\n:units\n  length 0.45\n  angle deg\n:root\n  order TX TY TZ RX RY RZ\n  axis XYZ\n  position 0 0 0\n  orientation 0 0 0\n:bonedata\n${bones.map(bone).join('\n')}\n:hierarchy\n  begin\n${chains.flatMap((chain) => chain.slice(1).map((child, i) => `  ${chain[i] ?? ''} ${child}`)).join('\n')}\n  end\n`;
  const frame = (number: number): string =>
    `${number}\nroot 1 17 2 10 20 30\n${bones.map((name, i) => `${name} ${i} ${number} -5`).join('\n')}`;
  return { asf, amc: `:FULLY-SPECIFIED\n:DEGREES\n${frame(1)}\n${frame(2)}\n` };
}

const { asf: ASF, amc: AMC } = acclaimFiles();
const BVH = writeBvh(motion.pose6d, { rootPositionsMetres: motion.rootPositionsMetres });
const AMASS = writeAmass(smplToAmass(motion));
const JSON_TEXT = poseToJson(motion.pose6d.subarray(0, 288), { framesPerSecond: 30 });

/** Words that formats mean something by, and numbers that programs trip over. */
const WORDS = [
  'NaN',
  'Infinity',
  '-0',
  '1e308',
  '1e-320',
  '-1e6',
  '4294967295',
  '1000000000',
  '99999999999999999999',
  '0x7f',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ',',
  ':',
  '"',
  '#',
  '\n',
  '\n\n',
  ' ',
  '\t',
  '\0',
  '\r\n',
  '\u{1F57A}',
  'end',
  'begin',
  'root',
  'ROOT',
  'JOINT',
  'End Site',
  'OFFSET',
  'CHANNELS 6',
  'CHANNELS -1',
  'MOTION',
  'HIERARCHY',
  'Frames: 1000000000',
  'Frame Time: 0',
  'Xrotation',
  'Zposition',
  ':root',
  ':bonedata',
  ':units',
  ':DEGREES',
  'dof rx',
  'length 0',
  'XYZ',
  'null',
  'true',
  '{}',
  '[[]]',
  '__proto__',
  'constructor',
  'shape',
  '(4294967296, 156)',
  "'<U999999'",
  "'|O'",
] as const;

/** Numbers that a format takes in some places and not in others. */
const NUMBERS = [
  '0',
  '1',
  '-1',
  '2.5',
  '-180',
  '720.25',
  '1e-9',
  '1e5',
  '-1e6',
  '3e6',
  '24',
  '6',
  '.5',
  '-0',
] as const;

/** One to four edits: numbers and words put in or over, stretches cut put in or over, stretches cut, doubled or moved, the end cut off. */
function mutatedText(text: string, random: Random): string {
  let current = text;
  for (let edit = random.uniform() < 0.5 ? 1 : 1 + random.integer(4); edit > 0; edit--) {
    const at = random.integer(current.length + 1);
    if (random.uniform() < 0.5) {
      // Another number, so that the file stays sound but for it.
      const number = random.pick(NUMBERS);
      current = current.slice(0, at) + current.slice(at).replace(/-?\d+(\.\d+)?/, number);
      continue;
    }
    const length = random.integer(random.uniform() < 0.5 ? 8 : 400);
    const before = current.slice(0, at);
    const after = current.slice(at + length);
    const cut = current.slice(at, at + length);
    const kind = random.integer(7);
    if (kind === 0) current = before + random.pick(WORDS) + current.slice(at);
    else if (kind === 1) current = before + random.pick(WORDS) + after;
    else if (kind === 2) current = before + after;
    else if (kind === 3) current = before + cut + cut + after;
    else if (kind === 4) current = cut + before + after;
    else if (kind === 5) current = before;
    // A word as a whole.
    else current = before + current.slice(at).replace(/[^\s]+/, random.pick(WORDS));
  }
  return current;
}

function mutatedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let current: Uint8Array = bytes.slice();
  for (let edit = 1 + random.integer(4); edit > 0; edit--) {
    const at = random.integer(current.length + 1);
    const kind = random.integer(4);
    if (kind === 0 && at < current.length) current[at] = random.integer(256);
    else if (kind === 1) current = current.slice(0, at);
    else if (kind === 2)
      current = Uint8Array.from([...current.subarray(0, at), ...current.subarray(at + random.integer(64))]);
    else
      for (let i = at; i < Math.min(at + 8, current.length); i++) current[i] = random.pick([0, 0x7f, 0xff]);
  }
  return current;
}

/** Mutated arrays in a sound archive, whose checksums are right; or a mutated archive. */
function mutatedArchive(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.uniform() < 0.3) return mutatedBytes(bytes, random);
  const files: Record<string, Uint8Array> = unzipSync(bytes);
  const name = random.pick(Object.keys(files));
  const file = files[name] ?? new Uint8Array();
  // Headers are text: half of the edits are words in them.
  if (random.uniform() < 0.5) {
    const header = mutatedText(new TextDecoder('latin1').decode(file.subarray(10, 128)), random);
    const kept = Uint8Array.from(header.padEnd(118).slice(0, 118), (letter) => letter.charCodeAt(0));
    files[name] = Uint8Array.from([...file.subarray(0, 10), ...kept, ...file.subarray(128)]);
  } else files[name] = mutatedBytes(file, random);
  if (random.uniform() < 0.1) Reflect.deleteProperty(files, name);
  return zipSync(files, { level: 1, mtime: new Date(1980, 0, 1) });
}

interface FuzzedReader {
  readonly name: string;
  /** Reads a mutated file; the numbers must be finite. */
  readonly read: (random: Random) => readonly ArrayLike<number>[];
  readonly errors: readonly (new (...parameters: never[]) => Error)[];
}

const motionNumbers = ({ pose6d, rootPositionsMetres }: SmplMotion): readonly ArrayLike<number>[] => [
  pose6d,
  rootPositionsMetres,
];
const soundAsf = readAsf(ASF);

const READERS: readonly FuzzedReader[] = [
  {
    name: 'ASF',
    read: (random) => {
      const asf = readAsf(mutatedText(ASF, random));
      const still = {
        frameCount: 1,
        frameNumbers: Int32Array.of(1),
        channels: new Float64Array(asf.channelCount),
      };
      return motionNumbers(retargetToSmpl(asfSegmentMotion(asf, still), { mapping: CMU_ASF_BONES }));
    },
    errors: [MotionFileError, RetargetError],
  },
  {
    name: 'AMC',
    read: (random) => [readAmc(mutatedText(AMC, random), soundAsf).channels],
    errors: [MotionFileError],
  },
  {
    name: 'BVH',
    read: (random) => motionNumbers(retargetToSmpl(bvhSegmentMotion(readBvh(mutatedText(BVH, random))))),
    errors: [MotionFileError, RetargetError],
  },
  {
    name: 'AMASS',
    read: (random) => motionNumbers(amassToSmpl(readAmass(mutatedArchive(AMASS, random)))),
    errors: [DataFileError],
  },
  {
    name: 'pose JSON',
    read: (random) => [parsePoseJson(mutatedText(JSON_TEXT, random)).pose6d],
    errors: [PoseJsonError],
  },
];

describe('mutated files', () => {
  it.each(READERS)(
    '$name',
    ({ name, read, errors }) => {
      let sound = 0;
      let refused = 0;
      let slowest = 0;
      let peak = 0;
      const before = process.memoryUsage().rss;
      for (let file = 0; file < FILES; file++) {
        const start = performance.now();
        try {
          const numbers = read(createRandom(SEED).split(name).split(file));
          for (const array of numbers)
            for (let i = 0; i < array.length; i++)
              if (!Number.isFinite(array[i])) throw new Error(`${String(array[i])} at number ${i}`);
          sound++;
        } catch (error) {
          if (!errors.some((type) => error instanceof type))
            throw new Error(`${name}, file ${file} of seed ${SEED}: ${String(error)}`, { cause: error });
          expect((error as Error).message.length).toBeLessThan(2000);
          refused++;
        }
        slowest = Math.max(slowest, performance.now() - start);
        if (file % 16 === 0) peak = Math.max(peak, process.memoryUsage().rss - before);
      }
      if (FILES > 1000)
        console.log(
          `${name}: ${FILES} files, ${sound} sound, ${refused} refused, slowest ${slowest.toFixed(0)} ms, ` +
            `memory +${(peak / 2 ** 20).toFixed(0)} MB`,
        );
      expect(sound).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(0);
      expect(slowest).toBeLessThan(LONGEST_MILLISECONDS);
      expect(peak).toBeLessThan(LARGEST_GROWTH_BYTES);
    },
    Math.max(30_000, FILES * 20),
  );
});
