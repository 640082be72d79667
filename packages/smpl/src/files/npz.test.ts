import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { DataFileError } from './data-file-error.js';
import { readNpy } from './npy.js';
import { readNpz } from './npz.js';
import { ArrayShapeError, writeNpz } from './write-npz.js';

function npy(descr: string, shape: string, payload: Uint8Array, fortran = false, version = 1): Uint8Array {
  const dictionary = `{'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`;
  const header = strToU8(`${dictionary.padEnd(117)}\n`);
  const length = version === 1 ? [header.length, 0] : [header.length, 0, 0, 0];
  return Uint8Array.from([0x93, ...strToU8('NUMPY'), version, 0, ...length, ...header, ...payload]);
}

function bytesOf(
  data: Float32Array | Float64Array | Uint16Array | BigInt64Array | BigUint64Array,
): Uint8Array {
  return new Uint8Array(data.buffer);
}

function numbers(bytes: Uint8Array): number[] {
  const array = readNpy(bytes, 'a.npy');
  return array.kind === 'numbers' ? Array.from(array.data) : [];
}

describe('readNpy', () => {
  it.each([
    ['<f4', bytesOf(Float32Array.of(0.5, -2)), [0.5, -2]],
    ['<f8', bytesOf(Float64Array.of(0.1, Infinity)), [0.1, Infinity]],
    ['>f8', bytesOf(Float64Array.of(0.1, 3)).toReversed(), [3, 0.1]],
    ['<f2', bytesOf(Uint16Array.of(0x3c00, 0xc000)), [1, -2]],
    ['<f2', bytesOf(Uint16Array.of(0x0001, 0x7c00)), [2 ** -24, Infinity]],
    ['<i8', bytesOf(BigInt64Array.of(-1n, 2n ** 40n)), [-1, 2 ** 40]],
    ['<u8', bytesOf(BigUint64Array.of(2n ** 64n - 1n, 4294967295n)), [2 ** 64, 4294967295]],
    ['|b1', Uint8Array.of(1, 0), [1, 0]],
    ['|i1', Uint8Array.of(255, 1), [-1, 1]],
    ['<u2', bytesOf(Uint16Array.of(65535, 1)), [65535, 1]],
  ])('reads %s', (dtype, payload, expected) => {
    expect(numbers(npy(`'${dtype}'`, '(2,)', payload))).toEqual(expected);
  });

  it("turns Fortran's order into C's, in every version of the format", () => {
    const payload = Uint8Array.of(0, 3, 1, 4, 2, 5);
    expect(numbers(npy("'|u1'", '(2, 3)', payload, true))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(numbers(npy("'|u1'", '(2, 3)', payload, true, 2))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(numbers(npy("'|u1'", '(3, 2)', payload))).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it('reads text', () => {
    const utf32 = new Uint8Array(Uint32Array.from('maleé\0\0', (letter) => letter.charCodeAt(0)).buffer);
    expect(readNpy(npy("'<U7'", '()', utf32), 'a.npy')).toMatchObject({ kind: 'text', items: ['maleé'] });
    expect(readNpy(npy("'|S3'", '(2,)', strToU8('ab\0cde')), 'a.npy')).toMatchObject({
      items: ['ab', 'cde'],
    });
  });

  it.each([
    ['no array', strToU8('not an array at all'), /an \.npy array/],
    ['an unknown version', npy("'<f4'", '(1,)', new Uint8Array(4), false, 9), /version 1, 2 or 3/],
    ['missing numbers', npy("'<f4'", '(3,)', new Uint8Array(8)), /12 bytes for shape \(3,\) of <f4, found 8/],
    ['a shape beyond the file', npy("'<f8'", '(99999999999, 9999999)', new Uint8Array(8)), /bytes for shape/],
    ['records', npy("[('x', '<f4')]", '(1,)', new Uint8Array(4)), /a header of descr/],
    ['complex numbers', npy("'<c16'", '(1,)', new Uint8Array(16)), /dtype '<c16'/],
    ['a negative length', npy("'<f4'", '(-1,)', new Uint8Array(4)), /a header of descr/],
    ['objects that are no pickle', npy("'|O'", '()', strToU8('?')), /operation 0x3f/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readNpy(bytes, 'a.npy')).toThrow(DataFileError);
    expect(() => readNpy(bytes, 'a.npy')).toThrow(message);
  });
});

describe('readNpz', () => {
  const written = writeNpz({
    a: { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) },
    b: { shape: [], data: Uint32Array.of(4294967295) },
  });

  it('reads what writeNpz wrote', () => {
    const npz = readNpz(written, 'two.npz');
    expect(npz.names).toEqual(['a', 'b']);
    expect(npz.readNumbers('a')).toEqual({
      kind: 'numbers',
      dtype: '<f8',
      shape: [2, 2],
      data: Float64Array.of(1, 2, 3, 4),
    });
    expect(npz.readNumbers('b').data[0]).toBe(4294967295);
    expect(npz.has('c')).toBe(false);
    expect(() => npz.read('c')).toThrow(/two\.npz: c: expected an array of this name, found only a, b/);
  });

  it('says so when an array holds no numbers', () => {
    const text = zipSync({ 'gender.npy': npy("'|S4'", '()', strToU8('male')) });
    expect(() => readNpz(text, 'm.npz').readNumbers('gender')).toThrow(
      /an array of numbers, found an array of text/,
    );
  });

  it('refuses a file cut short, wherever the cut is', () => {
    for (let length = 0; length < written.length; length++)
      expect(() => readNpz(written.subarray(0, length), 'cut.npz')).toThrow(DataFileError);
  });

  it('notices a changed byte by its checksum', () => {
    const stored = zipSync({ 'a.npy': npy("'|u1'", '(64,)', new Uint8Array(64)) }, { level: 0 });
    const changed = stored.slice();
    changed[200] = 7;
    expect(() => readNpz(changed, 'changed.npz').read('a')).toThrow(/data with checksum/);
  });

  it('does not believe a size that the packed bytes cannot have', () => {
    const directory = written.findIndex(
      (_, i) =>
        written[i] === 0x50 && written[i + 1] === 0x4b && written[i + 2] === 1 && written[i + 3] === 2,
    );
    const huge = written.slice();
    huge.set([0, 0, 0, 0x7f], directory + 24);
    expect(() => readNpz(huge, 'bomb.npz').read('a')).toThrow(
      /a size that \d+ packed bytes can have, found 2130706432/,
    );
  });
});

describe('writeNpz', () => {
  it('refuses a shape that does not fit', () => {
    expect(() => writeNpz({ a: { shape: [3], data: new Float32Array(2) } })).toThrow(ArrayShapeError);
  });
});
