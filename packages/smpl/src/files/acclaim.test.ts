import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAmc } from './amc.js';
import { readAsf } from './asf.js';
import { createAsfKinematics } from './asf-kinematics.js';
import { asfSegmentMotion } from './asf-segment-motion.js';
import { CMU_ASF_BONES } from './bone-mapping.js';
import { MotionFileError } from './motion-file-error.js';
import { retargetToSmpl } from './retarget.js';
import { RetargetError } from './retarget-error.js';

/** A leg of two bones, splayed by 30 degrees, in the format's full notation. */
const ASF = `# a comment
:version 1.10
:name LEG
:units
  mass 1.0
  length 0.45
  angle deg
:documentation
  free text 1 2 3
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name thigh
    direction 0.5 -0.8660254 0
    length 9
    axis 0 0 30 XYZ
    dof rx ry rz
    limits (-160.0 20.0)
           (-70.0 70.0)
           (-60.0 70.0)
  end
  begin
    id 2
    name shin
    direction 0.5 -0.8660254 0
    length 4.5
    axis 0 0 30 XYZ
    dof rx
  end
:hierarchy
  begin
    root thigh
    thigh shin
  end
`;
const AMC = `#!OML:ASF somewhere
:FULLY-SPECIFIED
:DEGREES
1
root 4.5 9 0 0 90 0
thigh 0 0 0
shin 90
13
root 0 0 0 0 0 0
thigh 10 20 -30
shin 1e1
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

describe('readAsf', () => {
  it('reads bones, units and channels', () => {
    const asf = readAsf(ASF);
    expect(asf.name).toBe('LEG');
    expect(asf.bones.map(({ name, parent, firstChannel }) => [name, parent, firstChannel])).toEqual([
      ['root', -1, 0],
      ['thigh', 0, 6],
      ['shin', 1, 9],
    ]);
    expect(asf.channelCount).toBe(10);
    expect(asf.bones[1]?.lengthMetres).toBeCloseTo((9 / 0.45) * 0.0254, 9);
    expect(asf.bones[1]?.channels).toEqual(['rx', 'ry', 'rz']);
  });

  it('takes bones in any order and carriage returns', () => {
    const swapped = ASF.replace('root thigh', 'THIGH')
      .replace('thigh shin', 'root thigh')
      .replace('THIGH', 'thigh shin');
    expect(readAsf(swapped.replaceAll('\n', '\r\n'))).toEqual(readAsf(ASF));
  });

  it.each<[string, string, number, RegExp]>([
    ['an empty file', '', 1, /:root: expected this section, found the end of the file/],
    ['no bones', ASF.slice(0, ASF.indexOf(':bonedata')), 15, /:bonedata: expected this section/],
    [
      'an open bone',
      ASF.slice(0, ASF.indexOf('  end')) + ASF.slice(ASF.indexOf(':hierarchy')),
      16,
      /expected 'end'/,
    ],
    ['a file cut in the tree', ASF.slice(0, ASF.lastIndexOf('  end')), 39, /:hierarchy: expected 'end'/],
    [
      'a length that is no number',
      ASF.replace('length 9', 'length nine'),
      20,
      /length of thigh: expected a number.*found 'nine'/,
    ],
    ['NaN', ASF.replace('0.5 -0.8660254 0', 'NaN 0 0'), 19, /direction of thigh: expected a number/],
    ['an infinite length', ASF.replace('length 9', 'length 1e999'), 20, /length of thigh/],
    ['a negative length', ASF.replace('length 9', 'length -9'), 20, /expected at least 0, found -9/],
    ['no direction', ASF.replace('0.5 -0.8660254 0', '0 0 0'), 19, /expected a direction, found zero/],
    ['half a direction', ASF.replace('0.5 -0.8660254 0', '0.5'), 19, /found nothing/],
    ['an unknown axis order', ASF.replace('axis 0 0 30 XYZ', 'axis 0 0 30 XYX'), 21, /found 'XYX'/],
    ['a missing field', ASF.replace('    length 9\n', ''), 16, /expected a 'length' line/],
    [
      'a sliding bone',
      ASF.replace('dof rx ry rz', 'dof rx tx'),
      22,
      /dof of thigh: expected of rx, ry, rz, found 'tx'/,
    ],
    ['a turn given twice', ASF.replace('dof rx ry rz', 'dof rx rx'), 22, /each once/],
    [
      'a name used twice',
      ASF.replace('name shin', 'name thigh'),
      27,
      /expected a name of its own, found 'thigh'/,
    ],
    [
      'an unknown bone in the tree',
      ASF.replace('thigh shin', 'thigh toe'),
      38,
      /expected a bone of :bonedata, found 'toe'/,
    ],
    [
      'a bone with two parents',
      ASF.replace('thigh shin', 'thigh shin\n root shin'),
      39,
      /one parent of shin/,
    ],
    ['a cycle', ASF.replace('root thigh', 'shin thigh'), 16, /thigh below the root, found no path/],
    ['a loose bone', ASF.replace('    thigh shin\n', ''), 27, /shin below the root/],
    [
      'an unknown unit of angle',
      ASF.replace('angle deg', 'angle gon'),
      7,
      /expected 'deg' or 'rad', found 'gon'/,
    ],
    [
      'a zero unit of length',
      ASF.replace('length 0.45', 'length 0'),
      6,
      /length unit: expected a positive number/,
    ],
    ['a section twice', `${ASF}:root\n`, 40, /:root: expected one such section/],
  ])('names the place in a file with %s', (_, text, line, message) => {
    const error = caught(() => readAsf(text, 'leg.asf'));
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^leg\.asf:\d+: /);
    expect(error.line).toBe(line);
  });
});

describe('readAmc', () => {
  const asf = readAsf(ASF);

  it('reads frames as radians and metres', () => {
    const motion = readAmc(AMC, asf);
    expect(motion.frameCount).toBe(2);
    expect(Array.from(motion.frameNumbers)).toEqual([1, 13]);
    const [x = 0, y = 0] = motion.channels;
    expect(x).toBeCloseTo(10 * 0.0254, 9);
    expect(y).toBeCloseTo(20 * 0.0254, 9);
    expect(motion.channels[4]).toBeCloseTo(Math.PI / 2, 9);
    expect(motion.channels[19]).toBeCloseTo(Math.PI / 18, 9);
  });

  it('reads radians', () => {
    const motion = readAmc(AMC.replace(':DEGREES', ':RADIANS'), asf);
    expect(motion.channels[4]).toBe(90);
  });

  it.each<[string, string, number, RegExp]>([
    ['an empty file', '', 1, /expected at least one frame, found the end of the file/],
    ['no frame number', AMC.replace('\n1\n', '\n'), 4, /frame number: expected a whole number, found 'root'/],
    [
      'an unknown bone',
      AMC.replace('shin 90', 'tail 90'),
      7,
      /expected a bone of the skeleton, found 'tail'/,
    ],
    [
      'a missing bone',
      AMC.replace('shin 90\n', ''),
      7,
      /frame 1: expected values of shin, found the end of the frame/,
    ],
    [
      'a truncated last frame',
      AMC.slice(0, AMC.lastIndexOf('thigh')),
      10,
      /frame 13: expected values of thigh, shin/,
    ],
    [
      'too few values',
      AMC.replace('thigh 0 0 0', 'thigh 0 0'),
      6,
      /thigh: expected 3 values \(rx, ry, rz\), found 2/,
    ],
    ['NaN', AMC.replace('shin 90', 'shin NaN'), 7, /rx of shin: expected a number.*found 'NaN'/],
    ['a bone twice', AMC.replace('shin 90', 'shin 90\nshin 90'), 8, /shin: expected one line of it a frame/],
    ['frames out of order', AMC.replace('13', '1'), 8, /frame number: expected more than 1, found '1'/],
  ])('names the place in a file with %s', (_, text, line, message) => {
    const error = caught(() => readAmc(text, asf, 'leg.amc'));
    expect(error.message).toMatch(message);
    expect([error.file, error.line]).toEqual(['leg.amc', line]);
  });
});

describe('createAsfKinematics', () => {
  it("turns bones about their own axes: the bent shin swings in the splayed leg's plane", () => {
    const asf = readAsf(ASF);
    const motion = readAmc(AMC, asf);
    const rotations = new Float64Array(27);
    const ends = new Float64Array(9);
    createAsfKinematics(asf).pose(motion.channels, 0, rotations, ends);
    // The root stands at (10, 20, 0) inches, turned by 90 degrees about y, which takes x to -z and z to x.
    const inch = 0.0254;
    const knee = [10 * inch, 20 * inch - 20 * Math.cos(Math.PI / 6) * inch, -10 * inch];
    Array.from(ends.subarray(3, 6)).forEach((value, i) => {
      expect(value).toBeCloseTo(knee[i] as number, 6);
    });
    // The shin, bent by 90 degrees, points to the body's back: -z, which is -x in the world.
    expect(ends[6]).toBeCloseTo((knee[0] as number) - 10 * inch, 6);
    expect(ends[7]).toBeCloseTo(knee[1] as number, 6);
  });
});

describe('retargetToSmpl', () => {
  it('names the bones that are missing, and a motion of another skeleton', () => {
    const asf = readAsf(ASF);
    const motion = readAmc(AMC, asf);
    const retarget = () => retargetToSmpl(asfSegmentMotion(asf, motion), { mapping: CMU_ASF_BONES });
    expect(retarget).toThrow(RetargetError);
    expect(retarget).toThrow(
      /^the skeleton lacks CMU's ASF bones lfemur, rfemur, lowerback, .* rhand\. Rename/,
    );
    expect(() => asfSegmentMotion({ ...asf, channelCount: 9 }, motion)).toThrow(
      /10 channels a frame, the skeleton 9/,
    );
  });
});

describe('mutated files', () => {
  const mutation = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    remove: fc.nat(40),
    insert: fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        '\n',
        ' ',
        'NaN',
        '1e400',
        '-',
        'begin\n',
        'end\n',
        ':root\n',
        'root shin\n',
        '0',
        '\0',
        '#',
      ),
    ),
  });
  const mutate = (text: string, edits: readonly { at: number; remove: number; insert: string }[]): string =>
    edits.reduce((current, { at, remove, insert }) => {
      const start = Math.floor(at * current.length);
      return current.slice(0, start) + insert + current.slice(start + remove);
    }, text);
  const isTyped = (error: unknown): boolean => error instanceof MotionFileError && error.line >= 1;

  it('give a typed error or a sound result, never a crash', () => {
    fc.assert(
      fc.property(
        fc.array(mutation, { maxLength: 4 }),
        fc.array(mutation, { maxLength: 4 }),
        (asfEdits, amcEdits) => {
          try {
            const asf = readAsf(mutate(ASF, asfEdits));
            const motion = readAmc(mutate(AMC, amcEdits), asf);
            const ends = new Float64Array(asf.bones.length * 3);
            const rotations = new Float64Array(asf.bones.length * 9);
            createAsfKinematics(asf).pose(motion.channels, 0, rotations, ends);
            expect([...ends, ...rotations].every(Number.isFinite)).toBe(true);
            expect(motion.channels).toHaveLength(motion.frameCount * asf.channelCount);
          } catch (error) {
            if (!isTyped(error)) throw error;
          }
        },
      ),
      { numRuns: 600 },
    );
  });
});
