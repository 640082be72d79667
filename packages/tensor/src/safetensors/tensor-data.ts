import { match } from 'ts-pattern';
import { float16BitsToFloat32, float32ToBfloat16Bits, float32ToFloat16Bits } from './half-precision.js';

/**
 * The element types of safetensors, in the order in which the format's own writer compares them (it puts the later
 * ones first in a file, which aligns every tensor).
 */
export const TENSOR_DTYPES = [
  'BOOL',
  'U8',
  'I8',
  'I16',
  'U16',
  'F16',
  'BF16',
  'I32',
  'U32',
  'F32',
  'F64',
  'I64',
  'U64',
] as const;

/** An element type, under its safetensors name. */
export type TensorDtype = (typeof TENSOR_DTYPES)[number];

/** How the elements of each type are held; F16 and BF16 as their bits, which loses nothing. */
interface ElementArrays {
  readonly BOOL: Uint8Array;
  readonly U8: Uint8Array;
  readonly I8: Int8Array;
  readonly I16: Int16Array;
  readonly U16: Uint16Array;
  readonly F16: Uint16Array;
  readonly BF16: Uint16Array;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly F32: Float32Array;
  readonly F64: Float64Array;
  readonly I64: BigInt64Array;
  readonly U64: BigUint64Array;
}

/** A tensor outside the engine: row-major elements in a typed array of their dtype. */
export type TensorData = {
  readonly [Dtype in TensorDtype]: {
    readonly dtype: Dtype;
    readonly shape: readonly number[];
    readonly data: ElementArrays[Dtype];
  };
}[TensorDtype];

const ELEMENT_BYTES: Readonly<Record<TensorDtype, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
};

/** The bytes of one element. */
export function bytesPerElement(dtype: TensorDtype): number {
  return ELEMENT_BYTES[dtype];
}

/** Whether a string names an element type. */
export function isTensorDtype(name: unknown): name is TensorDtype {
  return TENSOR_DTYPES.some((dtype) => dtype === name);
}

/** Little-endian bytes as elements: shares their memory if they are aligned, copies them otherwise. */
export function tensorDataFromBytes(
  dtype: TensorDtype,
  shape: readonly number[],
  bytes: Uint8Array,
): TensorData {
  const aligned = bytes.byteOffset % bytesPerElement(dtype) === 0 ? bytes : bytes.slice();
  const buffer = aligned.buffer;
  const start = aligned.byteOffset;
  const length = bytes.byteLength / bytesPerElement(dtype);
  return match<TensorDtype, TensorData>(dtype)
    .with('BOOL', 'U8', (name) => ({ dtype: name, shape, data: new Uint8Array(buffer, start, length) }))
    .with('I8', (name) => ({ dtype: name, shape, data: new Int8Array(buffer, start, length) }))
    .with('I16', (name) => ({ dtype: name, shape, data: new Int16Array(buffer, start, length) }))
    .with('U16', 'F16', 'BF16', (name) => ({
      dtype: name,
      shape,
      data: new Uint16Array(buffer, start, length),
    }))
    .with('I32', (name) => ({ dtype: name, shape, data: new Int32Array(buffer, start, length) }))
    .with('U32', (name) => ({ dtype: name, shape, data: new Uint32Array(buffer, start, length) }))
    .with('F32', (name) => ({ dtype: name, shape, data: new Float32Array(buffer, start, length) }))
    .with('F64', (name) => ({ dtype: name, shape, data: new Float64Array(buffer, start, length) }))
    .with('I64', (name) => ({ dtype: name, shape, data: new BigInt64Array(buffer, start, length) }))
    .with('U64', (name) => ({ dtype: name, shape, data: new BigUint64Array(buffer, start, length) }))
    .exhaustive();
}

/** The elements' little-endian bytes, sharing their memory. */
export function tensorDataBytes(tensor: TensorData): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/**
 * The elements as float32: exact for F32, F16, BF16, BOOL and integers of up to 24 bits, otherwise rounded.
 *
 * @example
 * ```ts
 * import { tensorDataFromFloat32, tensorDataToFloat32 } from '@pose-rft/tensor';
 *
 * const half = tensorDataFromFloat32('F16', [2], Float32Array.of(1.5, 1 / 3));
 * console.assert(tensorDataToFloat32(half)[0] === 1.5);
 * console.assert(tensorDataToFloat32(half)[1] === 0.333251953125);
 * ```
 */
export function tensorDataToFloat32(tensor: TensorData): Float32Array {
  return match(tensor)
    .with({ dtype: 'F32' }, ({ data }) => data)
    .with({ dtype: 'F16' }, ({ data }) => halvesToFloat32(data))
    .with({ dtype: 'BF16' }, ({ data }) => brainHalvesToFloat32(data))
    .with({ dtype: 'I64' }, { dtype: 'U64' }, ({ data }) => Float32Array.from(data, Number))
    .otherwise(({ data }) => Float32Array.from(data));
}

/** Every F16 as float32, by its bits: a look-up is ten times as fast as the conversion. Made when first needed. */
let halves: Float32Array | undefined;

function halvesToFloat32(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => float16BitsToFloat32(half));
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) values[index] = halves[bits[index] as number] as number;
  return values;
}

/** BF16 is the upper half of a float32. */
function brainHalvesToFloat32(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index++) words[index] = (bits[index] as number) << 16;
  return new Float32Array(words.buffer);
}

/** Float32 elements stored as F32 (shared), F16 or BF16 (rounded to the nearest, ties to even). */
export function tensorDataFromFloat32(
  dtype: 'F32' | 'F16' | 'BF16',
  shape: readonly number[],
  values: Float32Array,
): TensorData {
  return match<typeof dtype, TensorData>(dtype)
    .with('F32', (name) => ({ dtype: name, shape, data: values }))
    .with('F16', (name) => ({ dtype: name, shape, data: Uint16Array.from(values, float32ToFloat16Bits) }))
    .with('BF16', (name) => ({ dtype: name, shape, data: Uint16Array.from(values, float32ToBfloat16Bits) }))
    .exhaustive();
}
