import type { AsfSkeleton } from './asf.js';
import { MotionFileError } from './motion-file-error.js';
import { motionFileLines, parseNumber, shown } from './motion-file-lines.js';

/** A motion of an Acclaim skeleton. */
export interface AmcMotion {
  readonly frameCount: number;
  /** The numbers that the frames have in the file; CMU records 120 a second. [F] */
  readonly frameNumbers: Int32Array;
  /** Every bone's channels in the skeleton's order: radians, and metres for the root's translation. [F*C] */
  readonly channels: Float64Array;
}

/**
 * Reads an Acclaim motion file (AMC) recorded with a skeleton.
 *
 * @param text - the whole file
 * @param asf - the skeleton of the same subject
 * @param file - the file's name, for errors
 * @throws MotionFileError for unknown or missing bones, wrong counts, numbers that are not finite, a truncated frame
 * @example
 * ```ts
 * import { readAmc, readAsf } from '@pose-rft/smpl';
 *
 * const asf = readAsf(`
 * :root
 *   order TX TY TZ RX RY RZ
 * :bonedata
 *   begin
 *     name shin
 *     direction 0 -1 0
 *     length 16
 *     axis 0 0 0 XYZ
 *     dof rx
 *   end
 * :hierarchy
 *   begin
 *     root shin
 *   end
 * `);
 * const motion = readAmc(':DEGREES\n1\nroot 0 0 0 0 0 0\nshin 90', asf);
 * console.assert(motion.channels[6] === Math.PI / 2);
 * ```
 */
export function readAmc(text: string, asf: AsfSkeleton, file = 'motion.amc'): AmcMotion {
  const boneOf = new Map(asf.bones.map((bone, index) => [bone.name, index]));
  const movingCount = asf.bones.filter(({ channels }) => channels.length > 0).length;
  const frameNumbers: number[] = [];
  const values: number[] = [];
  const frame = new Float64Array(asf.channelCount);
  let radiansPerAngle = Math.PI / 180;
  let seen = new Set<number>();
  let lastLine = 0;

  const closeFrame = (line: number): void => {
    if (frameNumbers.length === 0) return;
    if (seen.size < movingCount) {
      const missing = asf.bones.filter(({ channels }, bone) => channels.length > 0 && !seen.has(bone));
      throw new MotionFileError(
        file,
        line,
        `frame ${String(frameNumbers.at(-1))}`,
        `values of ${missing.map(({ name }) => name).join(', ')}`,
        'the end of the frame',
      );
    }
    for (const value of frame) values.push(value);
    seen = new Set();
  };

  for (const { number, words } of motionFileLines(text)) {
    lastLine = number;
    const [first = '', ...rest] = words;
    if (first.startsWith(':')) {
      if (first.toUpperCase() === ':DEGREES') radiansPerAngle = Math.PI / 180;
      if (first.toUpperCase() === ':RADIANS') radiansPerAngle = 1;
      continue;
    }
    if (rest.length === 0 && /^\d+$/.test(first)) {
      closeFrame(number);
      const frameNumber = parseNumber(first, file, number, 'frame number');
      const before = frameNumbers.at(-1);
      if (before !== undefined && frameNumber <= before)
        throw new MotionFileError(file, number, 'frame number', `more than ${before}`, shown(first));
      frameNumbers.push(frameNumber);
      continue;
    }
    if (frameNumbers.length === 0)
      throw new MotionFileError(file, number, 'frame number', 'a whole number', shown(first));
    const index = boneOf.get(first);
    const bone = index === undefined ? undefined : asf.bones[index];
    if (index === undefined || bone === undefined)
      throw new MotionFileError(file, number, 'bone', `a bone of the skeleton`, shown(first));
    if (seen.has(index)) throw new MotionFileError(file, number, first, 'one line of it a frame', 'a second');
    if (rest.length !== bone.channels.length || rest.length === 0)
      throw new MotionFileError(
        file,
        number,
        first,
        `${bone.channels.length} values (${bone.channels.join(', ')})`,
        String(rest.length),
      );
    bone.channels.forEach((channel, i) => {
      const value = parseNumber(rest[i], file, number, `${channel} of ${first}`);
      const scale = channel.startsWith('t') ? asf.metresPerUnit : radiansPerAngle;
      frame[bone.firstChannel + i] = value * scale;
    });
    seen.add(index);
  }
  if (frameNumbers.length === 0)
    throw new MotionFileError(
      file,
      lastLine + 1,
      'frame number',
      'at least one frame',
      'the end of the file',
    );
  closeFrame(lastLine + 1);
  return {
    frameCount: frameNumbers.length,
    frameNumbers: Int32Array.from(frameNumbers),
    channels: Float64Array.from(values),
  };
}
