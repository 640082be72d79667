import { SafetensorsError } from './safetensors-error.js';
import { buildHeader, LENGTH_BYTES, parseHeader, readHeaderLength } from './safetensors-header.js';
import { bytesPerElement, tensorDataBytes, tensorDataFromBytes, type TensorData } from './tensor-data.js';

/** Tensors by name. */
export type NamedTensors<Item> = Readonly<Record<string, Item>> | ReadonlyMap<string, Item>;

/** What a safetensors file holds. */
export interface SafetensorsContents {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorData>;
}

const IN_MEMORY = '(bytes)';

/** Named items in their order, whichever way they came. */
export function toMap<Item>(items: NamedTensors<Item>): ReadonlyMap<string, Item> {
  return items instanceof Map ? items : new Map(Object.entries(items));
}

/** @throws SafetensorsError unless the number of elements is the product of the shape */
export function checkElementCount(file: string, name: string, { dtype, shape, data }: TensorData): void {
  const expected = shape.reduce((product, size) => product * size, 1);
  if (data.length !== expected || data.byteLength !== expected * bytesPerElement(dtype))
    throw new SafetensorsError(
      file,
      `tensor ${JSON.stringify(name)}: data`,
      `${expected} elements for ${dtype}[${shape.join(', ')}]`,
      `${data.length}`,
    );
}

/**
 * Encodes tensors as a safetensors file in memory, in the order and with the padding of the format's own writer.
 *
 * @param tensors - by name
 * @param metadata - strings for the header
 * @throws SafetensorsError if a tensor's data does not fit its shape
 * @example
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from '@pose-rft/tensor';
 *
 * const bytes = encodeSafetensors({ bias: { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } }, { step: '7' });
 * const { metadata, tensors } = decodeSafetensors(bytes);
 * console.assert(metadata['step'] === '7' && tensors.get('bias')?.data[1] === 2);
 * ```
 */
export function encodeSafetensors(
  tensors: NamedTensors<TensorData>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const named = toMap(tensors);
  const header = buildHeader(IN_MEMORY, named, metadata);
  let size = header.bytes.length;
  for (const [name, tensor] of named) {
    checkElementCount(IN_MEMORY, name, tensor);
    size += tensor.data.byteLength;
  }
  const bytes = new Uint8Array(size);
  bytes.set(header.bytes);
  let position = header.bytes.length;
  for (const name of header.order) {
    const data = tensorDataBytes(named.get(name) as TensorData);
    bytes.set(data, position);
    position += data.length;
  }
  return bytes;
}

/**
 * Decodes a safetensors file in memory. Hostile or damaged input is refused, never half-read: lengths beyond the
 * file, overlapping or missing bytes, duplicate keys, unknown dtypes. Aligned tensors share the memory of `bytes`.
 *
 * @throws SafetensorsError naming the field, what was expected and what was found
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContents {
  const headerLength = readHeaderLength(IN_MEMORY, bytes, bytes.length);
  const dataStart = LENGTH_BYTES + headerLength;
  const headerBytes = bytes.subarray(LENGTH_BYTES, dataStart);
  const { metadata, entries } = parseHeader(IN_MEMORY, headerBytes, bytes.length - dataStart);
  const tensors = new Map<string, TensorData>();
  for (const [name, { dtype, shape, start, byteLength }] of entries) {
    const first = dataStart + start;
    tensors.set(name, tensorDataFromBytes(dtype, shape, bytes.subarray(first, first + byteLength)));
  }
  return { metadata, tensors };
}
