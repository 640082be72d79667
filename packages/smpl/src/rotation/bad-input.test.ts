import { describe, expect, it } from 'vitest';
import { ArrayRangeError, type RealArray } from '../real-array.js';
import {
  axisAngleToMatrix,
  axisAngleToQuaternion,
  matrixToAxisAngle,
  quaternionToAxisAngle,
} from './axis-angle.js';
import { UnknownRotationFormatError } from './convert-rotations.js';
import { eulerToMatrix, eulerToQuaternion, quaternionToEuler, UnknownEulerConventionError } from './euler.js';
import { MeanRotationError } from './mean-rotation.js';
import { assertRotationMatrix, nearestRotation, NotARotationError } from './nearest-rotation.js';
import { NonFiniteRotationError, nonFiniteRotation } from './non-finite-rotation-error.js';
import { matrixToQuaternion, quaternionToMatrix } from './quaternion.js';
import { axisAngleToRotation6d, matrixToRotation6d, rotation6dToMatrix } from './rotation6d.js';
import { composeRotations, invertRotation, rotateVector } from './rotation-matrix.js';
import { shortestRotation } from './shortest-rotation.js';

/** What a function takes: the name and the size of each array, in the order of its parameters; the last is written. */
type Parameters = readonly (readonly [what: string, size: number])[];
type Call = (...operands: readonly [RealArray, number][]) => void;

/** A conversion of one array to another. */
const conversion =
  (
    convert: (source: RealArray, sourceOffset: number, target: RealArray, targetOffset: number) => void,
  ): Call =>
  ([source, sourceOffset] = [new Float64Array(), 0], [target, targetOffset] = [new Float64Array(), 0]) => {
    convert(source, sourceOffset, target, targetOffset);
  };

/** A function of two arrays to a third. */
const product =
  (
    multiply: (
      first: RealArray,
      firstOffset: number,
      second: RealArray,
      secondOffset: number,
      target: RealArray,
      targetOffset: number,
    ) => void,
  ): Call =>
  (
    [first, firstOffset] = [new Float64Array(), 0],
    [second, secondOffset] = [new Float64Array(), 0],
    [target, targetOffset] = [new Float64Array(), 0],
  ) => {
    multiply(first, firstOffset, second, secondOffset, target, targetOffset);
  };

const [AXIS_ANGLE, MATRIX, QUATERNION, SIX, EULER] = [
  ['The axis-angle vector', 3],
  ['The matrix', 9],
  ['The quaternion', 4],
  ['The 6D rotation', 6],
  ['The Euler angles', 3],
] as const;

const FUNCTIONS: readonly (readonly [name: string, call: Call, parameters: Parameters])[] = [
  ['axisAngleToMatrix', conversion(axisAngleToMatrix), [AXIS_ANGLE, MATRIX]],
  ['axisAngleToQuaternion', conversion(axisAngleToQuaternion), [AXIS_ANGLE, QUATERNION]],
  ['matrixToAxisAngle', conversion(matrixToAxisAngle), [MATRIX, AXIS_ANGLE]],
  ['quaternionToAxisAngle', conversion(quaternionToAxisAngle), [QUATERNION, AXIS_ANGLE]],
  ['quaternionToMatrix', conversion(quaternionToMatrix), [QUATERNION, MATRIX]],
  ['matrixToQuaternion', conversion(matrixToQuaternion), [MATRIX, QUATERNION]],
  ['rotation6dToMatrix', conversion(rotation6dToMatrix), [SIX, MATRIX]],
  ['matrixToRotation6d', conversion(matrixToRotation6d), [MATRIX, SIX]],
  ['axisAngleToRotation6d', conversion(axisAngleToRotation6d), [AXIS_ANGLE, SIX]],
  ['nearestRotation', conversion(nearestRotation), [MATRIX, ['The nearest rotation', 9]]],
  ['invertRotation', conversion(invertRotation), [MATRIX, ['The inverse', 9]]],
  [
    'eulerToQuaternion',
    conversion((...operands) => {
      eulerToQuaternion(...operands, 'intrinsic-xyz');
    }),
    [EULER, QUATERNION],
  ],
  [
    'eulerToMatrix',
    conversion((...operands) => {
      eulerToMatrix(...operands, 'extrinsic-zxz');
    }),
    [EULER, MATRIX],
  ],
  [
    'quaternionToEuler',
    conversion((...operands) => {
      quaternionToEuler(...operands, 'intrinsic-xyz');
    }),
    [QUATERNION, EULER],
  ],
  [
    'composeRotations',
    product(composeRotations),
    [
      ['The first matrix', 9],
      ['The second matrix', 9],
      ['The product', 9],
    ],
  ],
  ['rotateVector', product(rotateVector), [MATRIX, ['The vector', 3], ['The rotated vector', 3]]],
  [
    'shortestRotation',
    product(shortestRotation),
    [
      ['The first vector', 3],
      ['The second vector', 3],
      ['The rotation', 9],
    ],
  ],
];

/** The start of the identity in every form whose first numbers are one; zeros are one in the others. */
const rotationLike = (size: number, room: number): Float64Array => {
  const numbers = new Float64Array(size + room);
  numbers.set([1, 0, 0, 0, 1, 0, 0, 0, 1].slice(0, size), room);
  return numbers;
};

describe.each(FUNCTIONS)('%s', (_, call, parameters) => {
  it('names the array that is too short, and writes nothing', () => {
    parameters.forEach(([what, size], short) => {
      const operands = parameters.map(([, each], place): [RealArray, number] => [
        place === short ? new Float64Array(each + 1) : rotationLike(each, 2),
        2,
      ]);
      const before = operands.map(([numbers]) => numbers.slice());
      const failing = (): void => {
        call(...operands);
      };
      expect(failing).toThrow(ArrayRangeError);
      expect(failing).toThrow(
        `${what}: expected ${size} numbers from offset 2, but the array has ${size + 1}.`,
      );
      expect(operands.map(([numbers]) => numbers)).toEqual(before);
    });
  });
});

const FINITE_ONLY: readonly (readonly [name: string, call: Call, what: string, size: number])[] = [
  ['axisAngleToMatrix', conversion(axisAngleToMatrix), 'axis-angle vector', 3],
  ['axisAngleToQuaternion', conversion(axisAngleToQuaternion), 'axis-angle vector', 3],
  ['quaternionToAxisAngle', conversion(quaternionToAxisAngle), 'quaternion', 4],
  ['quaternionToMatrix', conversion(quaternionToMatrix), 'quaternion', 4],
  ['matrixToQuaternion', conversion(matrixToQuaternion), 'matrix', 9],
  ['rotation6dToMatrix', conversion(rotation6dToMatrix), '6D rotation', 6],
  ['nearestRotation', conversion(nearestRotation), 'matrix', 9],
  [
    'eulerToQuaternion',
    conversion((...operands) => {
      eulerToQuaternion(...operands, 'intrinsic-zyx');
    }),
    'triple of Euler angles',
    3,
  ],
  [
    'quaternionToEuler',
    conversion((...operands) => {
      quaternionToEuler(...operands, 'extrinsic-zyx');
    }),
    'quaternion',
    4,
  ],
  [
    'assertRotationMatrix',
    ([source, offset] = [new Float64Array(), 0]) => {
      assertRotationMatrix(source, offset);
    },
    'matrix',
    9,
  ],
];

describe.each(FINITE_ONLY)('%s', (_, call, what, size) => {
  it.each([Number.NaN, Infinity, -Infinity])('refuses %d at any place, showing the numbers', (bad) => {
    for (let place = 0; place < size; place++) {
      const numbers = rotationLike(size, 3);
      numbers[3 + place] = bad;
      const target = new Float64Array(9).fill(7);
      const failing = (): void => {
        call([numbers, 3], [target, 0]);
      };
      expect(failing).toThrow(NonFiniteRotationError);
      expect(failing).toThrow(
        `The ${what} at offset 3 is [${Array.from(numbers.subarray(3)).join(', ')}]. Every number must be finite`,
      );
      expect(target).toEqual(new Float64Array(9).fill(7));
    }
  });
});

describe('the errors of rotations', () => {
  it('have names', () => {
    const errors = {
      NonFiniteRotationError: nonFiniteRotation('matrix', new Float64Array(9), 0, 9),
      NotARotationError: new NotARotationError(''),
      MeanRotationError: new MeanRotationError(''),
      UnknownRotationFormatError: new UnknownRotationFormatError(''),
      UnknownEulerConventionError: new UnknownEulerConventionError(''),
    };
    for (const [name, error] of Object.entries(errors)) expect(error.name).toBe(name);
  });
});
