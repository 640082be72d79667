import type { Vector3 } from '../vector3.js';
import { readBvhHierarchy } from './bvh-hierarchy.js';
import { MotionFileError } from './motion-file-error.js';
import { motionFileLines, parseNumber, shown, type MotionFileLine } from './motion-file-lines.js';

/** A degree of freedom of a joint: a place along, or a turn about, one axis. */
export type BvhChannel = 'Xposition' | 'Yposition' | 'Zposition' | 'Xrotation' | 'Yrotation' | 'Zrotation';

/** A joint of a BVH hierarchy. */
export interface BvhJoint {
  readonly name: string;
  /** Index of the parent, which precedes it; -1 for the root. */
  readonly parent: number;
  /** From the parent, in the rest pose. */
  readonly offsetMetres: Vector3;
  /** In file order. Turns: the first is the outermost, as in R = R1 R2 R3. */
  readonly channels: readonly BvhChannel[];
  /** Where its channels start among a frame's. */
  readonly firstChannel: number;
  /** Where the bone of a joint without children ends, from the joint. */
  readonly endSiteMetres?: Vector3;
}

/** A skeleton and its motion. */
export interface BvhMotion {
  readonly joints: readonly BvhJoint[];
  /** Numbers of a frame. */
  readonly channelCount: number;
  readonly frameCount: number;
  readonly framesPerSecond: number;
  /** Radians and metres, [F*C]. */
  readonly channels: Float64Array;
}

export interface BvhReadOptions {
  /** The format names no unit. 0.01 (centimetres) by default; 0.0254 / 0.45 in conversions of CMU's database. */
  readonly metresPerUnit?: number;
  /** The file's name, for errors. */
  readonly file?: string;
}

const RADIANS_PER_DEGREE = Math.PI / 180;
/** Frames that there is room for before the first line is read. */
const FIRST_FRAMES = 256;
/** A day: keeps the frame rate finite. */
const LONGEST_FRAME_SECONDS = 86_400;

/**
 * Reads a Biovision file (BVH): hierarchy and motion, channels in any order.
 *
 * @param text - the whole file
 * @throws MotionFileError naming file, line, field, expected and found; RangeError for a unit that is none
 * @example
 * ```ts
 * import { readBvh } from '@pose-rft/smpl';
 *
 * const { joints, channels } = readBvh(`HIERARCHY
 * ROOT Hips
 * {
 *   OFFSET 0 0 0
 *   CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
 *   End Site
 *   {
 *     OFFSET 0 10 0
 *   }
 * }
 * MOTION
 * Frames: 1
 * Frame Time: 0.0333333
 * 0 95 0 90 0 0
 * `);
 * const [, height = 0, , turn = 0] = channels; // metres and radians
 * console.assert(joints.length === 1 && Math.abs(height - 0.95) < 1e-12 && turn === Math.PI / 2);
 * ```
 */
export function readBvh(text: string, options: BvhReadOptions = {}): BvhMotion {
  const { metresPerUnit = 0.01, file = 'motion.bvh' } = options;
  if (!(metresPerUnit > 0 && metresPerUnit < 1e6))
    throw new RangeError(`metresPerUnit must be positive and below a million, found ${metresPerUnit}`);
  const lines = motionFileLines(text);
  const { joints, channelCount, line: hierarchyEnd } = readBvhHierarchy(lines, metresPerUnit, file);
  if (channelCount === 0)
    throw new MotionFileError(file, hierarchyEnd, 'CHANNELS', 'at least one channel', 'none');
  const next = (field: string, after: number): MotionFileLine => {
    const step = lines.next();
    if (step.done === true) throw new MotionFileError(file, after + 1, field, field, 'the end of the file');
    return step.value;
  };
  const counted = next('Frames:', hierarchyEnd);
  const frameCount = labelled(counted, ['frames:'], file);
  if (!(Number.isInteger(frameCount) && frameCount >= 1))
    throw new MotionFileError(file, counted.number, 'Frames:', 'a positive whole number', String(frameCount));
  const timed = next('Frame Time:', counted.number);
  const secondsPerFrame = labelled(timed, ['frame', 'time:'], file);
  if (!(secondsPerFrame >= 1e-6 && secondsPerFrame <= LONGEST_FRAME_SECONDS))
    throw new MotionFileError(
      file,
      timed.number,
      'Frame Time:',
      `seconds from 0.000001 to ${LONGEST_FRAME_SECONDS}`,
      String(secondsPerFrame),
    );
  const names = joints.flatMap(({ name, channels }) => channels.map((channel) => `${channel} of ${name}`));
  const scales = joints.flatMap(({ channels }) =>
    channels.map((channel) => (isPosition(channel) ? metresPerUnit : RADIANS_PER_DEGREE)),
  );
  // Grows as the lines come: what `Frames:` claims is checked, and never allocated for.
  let channels = new Float64Array(Math.min(frameCount, FIRST_FRAMES) * channelCount);
  let read = 0;
  let lastLine = timed.number;
  for (const { number, words } of lines) {
    lastLine = number;
    if (read === frameCount)
      throw new MotionFileError(file, number, 'Frames:', `${frameCount} frames`, 'another');
    if (words.length !== channelCount)
      throw new MotionFileError(
        file,
        number,
        `frame ${read}`,
        `${channelCount} numbers`,
        String(words.length),
      );
    const start = read * channelCount;
    if (start === channels.length) {
      const grown = new Float64Array(Math.min(2 * read, frameCount) * channelCount);
      grown.set(channels);
      channels = grown;
    }
    for (let i = 0; i < channelCount; i++)
      channels[start + i] = parseNumber(words[i], file, number, names[i] ?? '') * (scales[i] as number);
    read++;
  }
  if (read < frameCount)
    throw new MotionFileError(file, lastLine + 1, 'Frames:', `${frameCount} frames`, String(read));
  return { joints, channelCount, frameCount, framesPerSecond: frameRate(secondsPerFrame), channels };
}

/** Whether a channel is a place, not an angle. */
export function isPosition(channel: BvhChannel): boolean {
  return channel.endsWith('position');
}

/** Frames a second; a whole number where the file's rounded frame time (0.0083333) means one. */
function frameRate(secondsPerFrame: number): number {
  const rate = 1 / secondsPerFrame;
  const whole = Math.round(rate);
  return Math.abs(rate - whole) < 2e-5 * rate ? whole : rate;
}

/** The number after a label of one or more words, with or without a space after the colon. */
function labelled({ number, words }: MotionFileLine, label: readonly string[], file: string): number {
  const text = words.join(' ');
  const wanted = label.join(' ');
  const field = wanted.replace(/(^|\s)[a-z]/g, (letter) => letter.toUpperCase());
  if (!text.toLowerCase().startsWith(wanted))
    throw new MotionFileError(file, number, field, `'${field}'`, shown(words[0]));
  return parseNumber(text.slice(wanted.length).trim(), file, number, field);
}
