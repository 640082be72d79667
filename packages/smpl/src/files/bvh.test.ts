import { describe, expect, it } from 'vitest';
import { readBvh } from './bvh.js';
import { bvhSegmentMotion, createBvhKinematics } from './bvh-kinematics.js';
import { MotionFileError } from './motion-file-error.js';

/** Two joints and an end site, with the liberties that real files take. */
const BVH = `HIERARCHY
ROOT Upper Arm
{
  OFFSET 0.00 0.00 0.00
  CHANNELS 6 Zposition Xposition Yposition Zrotation Yrotation Xrotation
  JOINT Fore:Arm {
    offset 30 0 0
    Channels 3 xrotation Yrotation ZROTATION
    End Site
    {
      OFFSET 25 0 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0083333
3 1 2 90 0 0 0 90 0

0 0 0 0 0 0 0 0 -4.5e1
`;

function caught(action: () => unknown): MotionFileError {
  try {
    action();
  } catch (error) {
    if (error instanceof MotionFileError) return error;
    throw error;
  }
  throw new Error('expected a MotionFileError');
}

describe('readBvh', () => {
  it('reads joints, channels in any order, end sites and units', () => {
    const bvh = readBvh(BVH);
    expect(bvh.joints).toEqual([
      {
        name: 'Upper Arm',
        parent: -1,
        offsetMetres: [0, 0, 0],
        channels: ['Zposition', 'Xposition', 'Yposition', 'Zrotation', 'Yrotation', 'Xrotation'],
        firstChannel: 0,
      },
      {
        name: 'Fore:Arm',
        parent: 0,
        offsetMetres: [0.3, 0, 0],
        channels: ['Xrotation', 'Yrotation', 'Zrotation'],
        firstChannel: 6,
        endSiteMetres: [0.25, 0, 0],
      },
    ]);
    expect(Array.from(bvh.channels.subarray(0, 4))).toEqual([0.03, 0.01, 0.02, Math.PI / 2]);
    expect(bvh.channels[17]).toBeCloseTo(-Math.PI / 4, 12);
    expect(readBvh(BVH, { metresPerUnit: 1 }).joints[1]?.offsetMetres).toEqual([30, 0, 0]);
  });

  it('takes the frame rate that a rounded frame time means', () => {
    expect(readBvh(BVH).framesPerSecond).toBe(120);
    expect(readBvh(BVH.replace('0.0083333', '0.0333667')).framesPerSecond).toBeCloseTo(29.97, 3);
  });

  it('takes carriage returns and a label without a space', () => {
    expect(readBvh(BVH.replace('Frames: 2', 'Frames:2').replaceAll('\n', '\r\n'))).toEqual(readBvh(BVH));
  });

  it.each<[string, string, number, RegExp]>([
    ['nothing in it', '', 1, /HIERARCHY: expected 'HIERARCHY', found nothing/],
    ['another beginning', 'hello', 1, /expected 'HIERARCHY', found 'hello'/],
    ['no root', 'HIERARCHY\nMOTION', 2, /expected 'ROOT', found 'MOTION'/],
    ['a second root', BVH.replace('MOTION', 'ROOT Leg'), 15, /expected 'MOTION' after the one root/],
    ['no brace', BVH.replace('Arm\n{', 'Arm\n'), 4, /Upper Arm: expected '{', found 'OFFSET'/],
    ['an open block', BVH.slice(0, BVH.indexOf('}')), 12, /End Site of Fore:Arm: expected '}'/],
    ['a hierarchy alone', BVH.slice(0, BVH.indexOf('MOTION')), 15, /expected 'MOTION', found the end/],
    ['no offset', BVH.replace('  OFFSET 0.00 0.00 0.00\n', ''), 13, /Upper Arm: expected an OFFSET line/],
    [
      'two offsets',
      BVH.replace('offset', 'OFFSET 1 2 3\noffset'),
      8,
      /expected one such line, found a second/,
    ],
    ['half an offset', BVH.replace('30 0 0', '30 0'), 8, /OFFSET of Fore:Arm: .* found 'Channels'/],
    ['NaN in an offset', BVH.replace('30 0 0', 'NaN 0 0'), 7, /OFFSET of Fore:Arm: .* found 'NaN'/],
    ['an unknown channel', BVH.replace('ZROTATION', 'Wrotation'), 8, /of Xposition, .* found 'Wrotation'/],
    ['a channel twice', BVH.replace('ZROTATION', 'Xrotation'), 8, /each channel once/],
    ['too many channels', BVH.replace('CHANNELS 6', 'CHANNELS 1e5'), 5, /from 0 to 6, found 100000/],
    ['fewer channels than said', BVH.replace('ZROTATION', ''), 9, /CHANNELS of Fore:Arm: .* found 'End'/],
    ['more channels than said', BVH.replace('Channels 3', 'Channels 2'), 8, /Fore:Arm: .* found 'ZROTATION'/],
    [
      'channels twice',
      BVH.replace('offset', 'CHANNELS 0\noffset'),
      9,
      /expected one such line, found a second/,
    ],
    ['channels in an end site', BVH.replace('OFFSET 25', 'CHANNELS 0\nOFFSET 25'), 11, /none in an end site/],
    ['a joint in an end site', BVH.replace('OFFSET 25', 'JOINT Hand {\nOFFSET 25'), 11, /in an end site/],
    [
      'no channels at all',
      BVH.replace(/CHANNELS 6.*/, '').replace(/Channels 3.*/, ''),
      15,
      /at least one channel/,
    ],
    ['no frame count', BVH.replace('Frames: 2\n', ''), 16, /Frames:: expected 'Frames:', found 'Frame'/],
    ['no frames', BVH.replace('Frames: 2', 'Frames: 0'), 16, /expected a positive whole number, found 0/],
    ['part of a frame', BVH.replace('Frames: 2', 'Frames: 1.5'), 16, /found 1.5/],
    [
      'no frame time',
      BVH.replace(/Frame Time.*\n/, ''),
      17,
      /Frame Time:: expected 'Frame Time:', found '3'/,
    ],
    ['a frame time of zero', BVH.replace('0.0083333', '0'), 17, /expected seconds from 0.000001 to 86400/],
    ['a negative frame time', BVH.replace('0.0083333', '-1'), 17, /found -1/],
    ['more frames than said', BVH.replace('Frames: 2', 'Frames: 1'), 20, /expected 1 frames, found another/],
    [
      'fewer frames than said',
      BVH.replace('Frames: 2', 'Frames: 1e6'),
      21,
      /expected 1000000 frames, found 2/,
    ],
    ['a short line', BVH.replace(' 0 90 0\n', ' 0 90\n'), 18, /frame 0: expected 9 numbers, found 8/],
    ['NaN in a frame', BVH.replace('3 1 2', '3 nan 2'), 18, /Xposition of Upper Arm: .* found 'nan'/],
    [
      'an infinite angle',
      BVH.replace('-4.5e1', '-4.5e999'),
      20,
      /Zrotation of Fore:Arm: .* found '-4.5e999'/,
    ],
  ])('names the place in a file with %s', (_, text, line, message) => {
    const error = caught(() => readBvh(text, { file: 'arm.bvh' }));
    expect(error.message).toMatch(message);
    expect([error.file, error.line]).toEqual(['arm.bvh', line]);
  });

  it('refuses a unit that is none', () => {
    for (const metresPerUnit of [0, -1, NaN, Infinity])
      expect(() => readBvh(BVH, { metresPerUnit })).toThrow(RangeError);
  });

  it('nests as deep as a file is long, without recursion', () => {
    const depth = 20_000;
    const joints = Array.from({ length: depth }, (_, i) => `JOINT j${i} { OFFSET 0 1 0`).join('\n');
    const text = `HIERARCHY ROOT r { OFFSET 0 0 0 CHANNELS 1 Xrotation\n${joints}\n${'}'
      .repeat(depth + 1)
      .split('')
      .join('\n')}\nMOTION\nFrames: 1\nFrame Time: 1\n0`;
    const bvh = readBvh(text);
    expect(bvh.joints).toHaveLength(depth + 1);
    expect(bvhSegmentMotion(bvh).segments.at(-1)?.restStartMetres[1]).toBeCloseTo(depth / 100, 6);
  });
});

describe('createBvhKinematics', () => {
  it('multiplies turns in the order of the channels, and puts positions in place of the offset', () => {
    const { joints, channels } = readBvh(BVH, { metresPerUnit: 1 });
    const rotations = new Float64Array(18);
    const positions = new Float64Array(6);
    createBvhKinematics(joints).pose(channels, 0, rotations, positions);
    // The upper arm, turned by 90 degrees about z, points up from (1, 2, 3); the forearm, turned by 90 degrees about the
    // y that turned with it, which is -x now, points along -z.
    expect(Array.from(positions, (value) => Math.round(value * 1e9) / 1e9 + 0)).toEqual([1, 2, 3, 1, 32, 3]);
    const forearm = [0, 3, 6].map((row) => Math.round((rotations[9 + row] as number) * 1e9) / 1e9 + 0);
    expect(forearm).toEqual([0, 0, -1]);
  });

  it('takes the first channel as the outermost turn', () => {
    const text = BVH.replace('0 0 0 0 0 0 0 0 -4.5e1', '0 0 0 90 0 90 0 0 0');
    const { joints, channels, channelCount } = readBvh(text);
    const rotations = new Float64Array(18);
    createBvhKinematics(joints).pose(channels, channelCount, rotations, new Float64Array(6));
    // R = Rz(90) Ry(0) Rx(90) takes y through z to z; applied the other way round it would take y to -x, and leave it.
    const y = [1, 4, 7].map((entry) => Math.round(rotations[entry] as number) + 0);
    expect(y).toEqual([0, 0, 1]);
  });
});
