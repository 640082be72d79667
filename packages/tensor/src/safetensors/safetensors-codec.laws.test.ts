import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from './safetensors-codec.js';
import { SafetensorsError } from './safetensors-error.js';
import {
  bytesPerElement,
  TENSOR_DTYPES,
  tensorDataBytes,
  tensorDataFromBytes,
  type TensorData,
} from './tensor-data.js';

const tensorData: fc.Arbitrary<TensorData> = fc
  .record({
    dtype: fc.constantFrom(...TENSOR_DTYPES),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  })
  .chain(({ dtype, shape }) => {
    const byteLength = shape.reduce((product, size) => product * size, bytesPerElement(dtype));
    return fc
      .uint8Array({ minLength: byteLength, maxLength: byteLength })
      .map((bytes) => tensorDataFromBytes(dtype, shape, bytes.slice()));
  });
const tensorName = fc.string({ unit: 'binary', maxLength: 8 }).filter((name) => name !== '__metadata__');
const tensors = fc.array(fc.tuple(tensorName, tensorData), { maxLength: 5 }).map((pairs) => new Map(pairs));
const metadata = fc.dictionary(fc.string({ maxLength: 6 }), fc.string({ unit: 'grapheme', maxLength: 6 }), {
  maxKeys: 3,
});

const describeTensor = (tensor: TensorData): unknown => ({
  dtype: tensor.dtype,
  shape: tensor.shape,
  bytes: Array.from(tensorDataBytes(tensor)),
});
const describeAll = (named: ReadonlyMap<string, TensorData>): Record<string, unknown> =>
  Object.fromEntries([...named].map(([name, tensor]) => [name, describeTensor(tensor)]));

describe('safetensors in memory', () => {
  test.prop([tensors, metadata])('decoding undoes encoding, bit for bit', (named, strings) => {
    const decoded = decodeSafetensors(encodeSafetensors(named, strings));
    expect(describeAll(decoded.tensors)).toEqual(describeAll(named));
    expect({ ...decoded.metadata }).toEqual({ ...strings });
  });

  test.prop([tensors])('encoding again gives the same bytes, in whatever order the tensors come', (named) => {
    const bytes = encodeSafetensors(named);
    expect(encodeSafetensors(new Map([...named].reverse()))).toEqual(bytes);
    expect(encodeSafetensors(decodeSafetensors(bytes).tensors)).toEqual(bytes);
  });

  test.prop([tensors])('the data starts at a multiple of 8, and decodes from any offset', (named) => {
    const bytes = encodeSafetensors(named);
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(describeAll(decodeSafetensors(shifted.subarray(3)).tensors)).toEqual(describeAll(named));
  });

  test.prop([tensors, fc.nat(), fc.integer({ min: 0, max: 255 })])(
    'a damaged byte is refused with a SafetensorsError, or changes nothing but values and names',
    (named, position, byte) => {
      const bytes = encodeSafetensors(named, { a: 'b' });
      bytes[position % bytes.length] = byte;
      expectDecodedOrRefused(bytes);
    },
  );

  test.prop([tensors, fc.nat()])('every truncation is refused', (named, length) => {
    const bytes = encodeSafetensors(named, { a: 'b' });
    expect(() => decodeSafetensors(bytes.subarray(0, length % bytes.length))).toThrow(SafetensorsError);
  });

  test.prop([fc.uint8Array({ maxLength: 64 })])(
    'random bytes are refused with a SafetensorsError',
    (bytes) => {
      expectDecodedOrRefused(bytes);
    },
  );

  test.prop([fc.json()])('any other JSON as a header is refused with a SafetensorsError', (json) => {
    expectDecodedOrRefused(withHeader(json));
  });
});

function withHeader(json: string): Uint8Array {
  const header = new TextEncoder().encode(json);
  const bytes = new Uint8Array(8 + header.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

function expectDecodedOrRefused(bytes: Uint8Array): void {
  try {
    for (const tensor of decodeSafetensors(bytes).tensors.values())
      expect(tensor.data.length).toBe(tensor.shape.reduce((product, size) => product * size, 1));
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
  }
}
