import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import golden from '../__golden__/every-dtype.golden.json' with { type: 'json' };
import { decodeSafetensors, encodeSafetensors } from './safetensors-codec.js';
import { SafetensorsError } from './safetensors-error.js';
import { TENSOR_DTYPES, tensorDataFromFloat32, tensorDataToFloat32, type TensorData } from './tensor-data.js';

const goldenBytes = new Uint8Array(
  readFileSync(new URL('../__golden__/every-dtype.safetensors', import.meta.url)),
);

describe("a file that safetensors' own writer made", () => {
  const { metadata, tensors } = decodeSafetensors(goldenBytes);

  test('has every dtype', () => {
    const dtypes = new Set([...tensors.values()].map((tensor) => tensor.dtype));
    expect([...dtypes].sort()).toEqual([...TENSOR_DTYPES].sort());
    expect(metadata).toEqual({ format: 'pt' });
    expect([...tensors.keys()].sort()).toEqual(Object.keys(golden).sort());
  });

  test.each(Object.entries(golden))('%s decodes to what torch stored', (name, expected) => {
    const tensor = tensors.get(name) as TensorData;
    expect(tensor.dtype).toBe(expected.dtype);
    expect(tensor.shape).toEqual(expected.shape);
    expect(valuesAsText(tensor)).toEqual(expected.values.map(canonical));
  });

  test('is encoded to the same bytes', () => {
    expect(encodeSafetensors(tensors, metadata)).toEqual(goldenBytes);
  });
});

describe('a header is refused, with the field named, when', () => {
  const f32 = (start: number, end: number, shape: unknown = [(end - start) / 4]): object => ({
    dtype: 'F32',
    shape,
    data_offsets: [start, end],
  });
  test.each<[what: string, header: string, dataBytes: number, message: RegExp]>([
    ['it is no JSON', '{"a":', 0, /header: expected JSON/],
    ['it is a list', '[]', 0, /header: expected a JSON object/],
    ['it starts with a space', ' {}', 0, /header: expected a JSON object/],
    [
      'a key stands twice',
      `{"a":${JSON.stringify(f32(0, 4))},"a":${JSON.stringify(f32(0, 4))}}`,
      4,
      /distinct keys, found "a" twice/,
    ],
    [
      'a key stands twice, spelt differently',
      String.raw`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`,
      0,
      /"a" twice/,
    ],
    [
      'an inner key stands twice',
      '{"a":{"dtype":"U8","dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      0,
      /"dtype" twice/,
    ],
    [
      'a dtype is unknown',
      '{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}',
      1,
      /tensor "a": dtype: expected one of .* found "F8"/,
    ],
    ['a size is negative', JSON.stringify({ a: f32(0, 4, [-1]) }), 4, /tensor "a": shape: .* found \[-1\]/],
    ['a size is a fraction', JSON.stringify({ a: f32(0, 4, [1.5]) }), 4, /tensor "a": shape/],
    ['a size is a text', JSON.stringify({ a: f32(0, 4, ['1']) }), 4, /tensor "a": shape/],
    ['a shape is huge', JSON.stringify({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }), 4, /fewer than 2\^53 bytes/],
    [
      'offsets and shape disagree',
      JSON.stringify({ a: f32(0, 8, [1]) }),
      8,
      /expected 4 bytes for F32 of shape \[1\]/,
    ],
    ['offsets run backwards', '{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}', 1, /data_offsets/],
    ['offsets are three', '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}', 1, /two integers/],
    ['an entry is no object', '{"a":3}', 0, /an object with dtype, shape and data_offsets, found 3/],
    [
      'tensors overlap',
      JSON.stringify({ a: f32(0, 8), b: f32(4, 12) }),
      12,
      /tensor "b".*start at 8.*found 4 \(an overlap\)/,
    ],
    [
      'there is a gap between tensors',
      JSON.stringify({ a: f32(0, 4), b: f32(8, 12) }),
      12,
      /found 8 \(a gap\)/,
    ],
    ['there is a gap at the start', JSON.stringify({ a: f32(4, 8) }), 8, /found 4 \(a gap\)/],
    [
      'data is missing',
      JSON.stringify({ a: f32(0, 8) }),
      4,
      /data: expected 8 bytes .* found 4 \(the file is truncated\)/,
    ],
    ['data is left over', JSON.stringify({ a: f32(0, 8) }), 9, /data: expected 8 bytes .* found 9/],
    [
      'metadata holds a number',
      '{"__metadata__":{"step":7}}',
      0,
      /__metadata__\.step: expected a string, found 7/,
    ],
    ['metadata is a list', '{"__metadata__":[]}', 0, /__metadata__: expected an object/],
  ])('%s', (_what, header, dataBytes, message) => {
    const decode = (): unknown => decodeSafetensors(fileOf(header, dataBytes));
    expect(decode).toThrow(SafetensorsError);
    expect(decode).toThrow(message);
  });

  test('it is no UTF-8', () => {
    const bytes = fileOf('{"a":0}', 0);
    bytes[10] = 0xff;
    expect(() => decodeSafetensors(bytes)).toThrow(/header: expected UTF-8 text/);
  });

  test('its length lies beyond the file, or beyond the limit of 100 MB', () => {
    const bytes = fileOf('{}', 0);
    new DataView(bytes.buffer).setBigUint64(0, 3n, true);
    expect(() => decodeSafetensors(bytes)).toThrow(/at most the 2 bytes that follow it, found 3/);
    new DataView(bytes.buffer).setBigUint64(0, 100_000_001n, true);
    expect(() => decodeSafetensors(bytes)).toThrow(/at most 100000000 bytes, found 100000001/);
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 64n - 1n, true);
    expect(() => decodeSafetensors(bytes)).toThrow(/found 18446744073709551615/);
    expect(() => decodeSafetensors(new Uint8Array(7))).toThrow(/a file of 7/);
  });
});

test('a tensor named __proto__ is an ordinary tensor', () => {
  const tensor: TensorData = { dtype: 'U8', shape: [1], data: Uint8Array.of(5) };
  const { tensors } = decodeSafetensors(encodeSafetensors(new Map([['__proto__', tensor]])));
  expect(tensors.get('__proto__')?.data[0]).toBe(5);
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});

test('data that does not fit its shape is not encoded', () => {
  const data = Float32Array.of(1, 2, 3);
  expect(() => encodeSafetensors({ a: { dtype: 'F32', shape: [2, 2], data } })).toThrow(
    /tensor "a": data: expected 4 elements for F32\[2, 2\], found 3/,
  );
  expect(() => encodeSafetensors({ a: { dtype: 'F32', shape: [-3, -1], data } })).toThrow(
    /shape: expected integers >= 0/,
  );
  expect(() => encodeSafetensors({ __metadata__: { dtype: 'F32', shape: [3], data } })).toThrow(
    /other than __metadata__/,
  );
});

test('floats convert to and from half precision', () => {
  const values = Float32Array.of(1, -2.5, 65504, 2 ** -24);
  for (const dtype of ['F32', 'F16', 'BF16'] as const) {
    const stored = tensorDataFromFloat32(dtype, [4], values);
    const rounded = dtype === 'BF16' ? [1, -2.5, 65536, 2 ** -24] : Array.from(values);
    expect(Array.from(tensorDataToFloat32(stored))).toEqual(rounded);
  }
  expect(tensorDataToFloat32({ dtype: 'I64', shape: [1], data: BigInt64Array.of(-3n) })[0]).toBe(-3);
});

function fileOf(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** Python's text of a value, as JavaScript's text of the same value. */
function canonical(text: string): string {
  if (text === 'True' || text === 'False') return text === 'True' ? '1' : '0';
  if (/^-?\d+$/.test(text)) return text;
  const number = Number(text.replace('inf', 'Infinity'));
  return Object.is(number, -0) ? '-0' : String(number);
}

function valuesAsText(tensor: TensorData): string[] {
  const values: readonly (number | bigint)[] =
    tensor.dtype === 'F16' || tensor.dtype === 'BF16' ? [...tensorDataToFloat32(tensor)] : [...tensor.data];
  return values.map((value) => (Object.is(value, -0) ? '-0' : String(value)));
}
