import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import golden from '../__golden__/amass.golden.json' with { type: 'json' };
import { pose6dArbitrary } from '../laws/arbitraries.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { rotation6dToMatrix } from '../rotation/rotation6d.js';
import { jointIndex } from '../skeleton/joints.js';
import { readAmass, type AmassMotion } from './amass.js';
import { amassToSmpl, smplToAmass, writeAmass } from './amass-motion.js';
import { DataFileError } from './data-file-error.js';
import { readNpz } from './npz.js';
import { PoseFramesError } from './pose-frames.js';
import { ArrayShapeError, writeNpz, type ArrayToWrite } from './write-npz.js';

const FRAMES = 3;

/** The arrays of a sound file, to be spoilt one at a time. */
function arrays(size = 156): Record<string, ArrayToWrite | string> {
  return {
    poses: {
      data: Float64Array.from({ length: FRAMES * size }, (_, i) => Math.sin(i)),
      shape: [FRAMES, size],
    },
    trans: { data: Float64Array.from({ length: FRAMES * 3 }, (_, i) => i / 10), shape: [FRAMES, 3] },
    betas: { data: Float64Array.from({ length: 16 }, (_, i) => i / 4), shape: [16] },
    gender: 'male',
    mocap_framerate: { data: Float64Array.of(120), shape: [] },
  };
}

function without(name: string): Record<string, ArrayToWrite | string> {
  return Object.fromEntries(Object.entries(arrays()).filter(([other]) => other !== name));
}

describe('readAmass', () => {
  it.each(golden.files)("reads NumPy's own file: $name", ({ base64, name, expected }) => {
    const motion = readAmass(Uint8Array.from(Buffer.from(base64, 'base64')), name);
    const { axisAngles, translationsMetres, betas, ...rest } = motion;
    expect(rest).toEqual(expected.rest);
    expect(Array.from(axisAngles.subarray(-6))).toEqual(expected.lastAngles);
    expect(Array.from(translationsMetres)).toEqual(expected.translations);
    expect(Array.from(betas)).toEqual(expected.betas);
  });

  it.each([
    [72, 'smpl', 24],
    [156, 'smplh', 52],
    [165, 'smplx', 55],
  ] as const)('tells the model by its %d numbers a pose', (size, model, jointCount) => {
    const motion = readAmass(writeNpz(arrays(size)));
    expect([motion.model, motion.jointCount, motion.frameCount]).toEqual([model, jointCount, FRAMES]);
  });

  it('takes both spellings of the frame rate, and a file without gender and shape', () => {
    const { mocap_framerate: rate = '', betas: _betas, gender: _gender, ...rest } = arrays();
    const motion = readAmass(writeNpz({ ...rest, mocap_frame_rate: rate }));
    expect([motion.framesPerSecond, motion.gender, motion.betas.length]).toEqual([120, 'neutral', 0]);
    expect(readAmass(writeNpz({ ...arrays(), gender: "b'female'" })).gender).toBe('female');
  });

  const spoilt = (
    name: string,
    change: (data: Float64Array) => unknown,
  ): Record<string, ArrayToWrite | string> => {
    const all = arrays();
    const array = all[name];
    if (typeof array === 'object') change(array.data as Float64Array);
    return all;
  };
  it.each<[string, Record<string, ArrayToWrite | string>, string, RegExp]>([
    ['no poses', without('poses'), 'poses', /expected an array of this name, found only trans, betas/],
    ['poses of another width', arrays(66), 'poses', /\[frames, 72 or 156 or 165\] numbers, found \[3, 66\]/],
    [
      'flat poses',
      { ...arrays(), poses: { data: new Float64Array(156), shape: [156] } },
      'poses',
      /found \[156\]/,
    ],
    [
      'no frames',
      { ...arrays(), poses: { data: new Float64Array(), shape: [0, 156] } },
      'poses',
      /found \[0, 156\]/,
    ],
    [
      'poses that are text',
      { ...arrays(), poses: 'walk' },
      'poses',
      /an array of numbers, found an array of text/,
    ],
    [
      'NaN in a pose',
      spoilt('poses', (data) => (data[160] = NaN)),
      'poses',
      /numbers within \+-1000000, found NaN at number 4 of frame 1/,
    ],
    [
      'a translation too few',
      { ...arrays(), trans: { data: new Float64Array(6), shape: [2, 3] } },
      'trans',
      /\[3, 3\], as many frames as poses, found \[2, 3\]/,
    ],
    ['an infinite translation', spoilt('trans', (data) => (data[0] = Infinity)), 'trans', /found Infinity/],
    ['NaN in the shape', spoilt('betas', (data) => (data[3] = NaN)), 'betas', /found NaN at number 3/],
    [
      'no frame rate',
      without('mocap_framerate'),
      'mocap_framerate or mocap_frame_rate',
      /found neither array/,
    ],
    [
      'a frame rate of zero',
      spoilt('mocap_framerate', (data) => (data[0] = 0)),
      'mocap_framerate',
      /found 0$/,
    ],
    [
      'two frame rates',
      { ...arrays(), mocap_framerate: { data: new Float64Array(2), shape: [2] } },
      'mocap_framerate',
      /one number in .*, found 2 numbers/,
    ],
    ['another gender', { ...arrays(), gender: 'robot' }, 'gender', /found 'robot'/],
  ])('names the array in a file with %s', (_, content, field, message) => {
    const read = () => readAmass(writeNpz(content), 'walk.npz');
    expect(read).toThrow(DataFileError);
    expect(read).toThrow(message);
    try {
      read();
    } catch (error) {
      expect(error).toMatchObject({ file: 'walk.npz', field });
    }
  });

  it('refuses a file cut anywhere', () => {
    const file = writeNpz(arrays());
    for (let length = 0; length < file.length; length += 97)
      expect(() => readAmass(file.subarray(0, length))).toThrow(DataFileError);
  });
});

describe('writeAmass', () => {
  it('and readAmass keep every number', () => {
    const motion: AmassMotion = {
      model: 'smplx',
      jointCount: 55,
      frameCount: 2,
      framesPerSecond: 59.94,
      axisAngles: Float64Array.from({ length: 330 }, (_, i) => Math.cos(i)),
      translationsMetres: Float64Array.of(1, 2, 3, -4, 5e-3, 6),
      betas: Float64Array.of(0.1, -0.2),
      gender: 'female',
    };
    const bytes = writeAmass(motion);
    expect(readAmass(bytes)).toEqual(motion);
    expect(writeAmass(motion)).toEqual(bytes);
    expect(readNpz(bytes, '').names).toContain('mocap_frame_rate');
    expect(() => writeAmass({ ...motion, frameCount: 3 })).toThrow(ArrayShapeError);
  });
});

describe('amassToSmpl and smplToAmass', () => {
  it('are inverse but for the hands', () => {
    const far = fc.double({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(
        pose6dArbitrary(24),
        fc.tuple(far, far, far),
        fc.constantFrom('y', 'z'),
        (pose, place, upAxis) => {
          const rootPositionsMetres = Float32Array.from(place);
          const options = { upAxis, restPelvisMetres: [0.1, -0.2, 0.3] } as const;
          const motion = { frameCount: 1, pose6d: Float32Array.from(pose), rootPositionsMetres };
          const again = amassToSmpl(readAmass(writeAmass(smplToAmass(motion, options))), options);
          const a = new Float64Array(9);
          const b = new Float64Array(9);
          for (let joint = 0; joint < 22; joint++) {
            rotation6dToMatrix(again.pose6d, joint * 6, a, 0);
            rotation6dToMatrix(motion.pose6d, joint * 6, b, 0);
            expect(geodesicDistanceRadians(a, 0, b, 0)).toBeLessThan(1e-5);
          }
          again.rootPositionsMetres.forEach((value, i) => {
            expect(Math.abs(value - (rootPositionsMetres[i] as number))).toBeLessThan(1e-5);
          });
          expect(again.framesPerSecond).toBe(30);
        },
      ),
    );
  });

  it("stands AMASS's upright body up, facing where its -y faces", () => {
    // The global orientation of a body that stands in AMASS's world: a quarter turn about x.
    const axisAngles = new Float64Array(156);
    axisAngles[0] = Math.PI / 2;
    const { pose6d, rootPositionsMetres } = amassToSmpl({
      ...readAmass(writeNpz(arrays())),
      frameCount: 1,
      axisAngles,
      translationsMetres: Float64Array.of(1, 2, 3),
    });
    Array.from(pose6d.subarray(0, 6)).forEach((value, i) => {
      expect(value).toBeCloseTo([1, 0, 0, 0, 1, 0][i] as number, 6);
    });
    expect(Array.from(rootPositionsMetres)).toEqual([1, 3, -2]);
  });

  it("takes SMPL's hands from a file with 72 numbers, and leaves fingers out of the others", () => {
    const own = amassToSmpl(readAmass(writeNpz(arrays(72))));
    const withFingers = amassToSmpl(readAmass(writeNpz(arrays(156))));
    const hand = jointIndex('left_hand') * 6;
    expect(Array.from(withFingers.pose6d.subarray(hand, hand + 6))).toEqual([1, 0, 0, 0, 1, 0]);
    expect(Array.from(own.pose6d.subarray(hand, hand + 6))).not.toEqual([1, 0, 0, 0, 1, 0]);
  });

  it('refuses numbers that are not poses', () => {
    const motion = { frameCount: 1, pose6d: new Float32Array(143), rootPositionsMetres: new Float32Array(3) };
    expect(() => smplToAmass(motion)).toThrow(PoseFramesError);
  });
});
