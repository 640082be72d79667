import { ShardError } from './shard-error.js';

/** Columns of equal-sized rows by name, as a safetensors file holds them. */
export interface TensorTable {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Numbers, the first axis counting the rows. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array | Uint32Array;
}

const DTYPES = { F32: Float32Array, U32: Uint32Array, U8: Uint8Array } as const;
type Dtype = keyof typeof DTYPES;

const LARGEST_HEADER = 1 << 24;
/** Typed arrays need their data at multiples of their element's size. */
const ALIGNMENT = 8;

/**
 * Writes a table in the safetensors format (huggingface/safetensors `README.md`: 8 bytes with the header's length, a JSON
 * header, the data), so that other programs read it too.
 */
export function encodeTensorTable({ metadata, tensors }: TensorTable): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  // Data of wide elements first: everything then lies aligned.
  const names = Object.keys(tensors).sort((first, second) => widthOf(second) - widthOf(first));
  function widthOf(name: string): number {
    return tensors[name]?.data.BYTES_PER_ELEMENT ?? 1;
  }
  let end = 0;
  for (const name of names) {
    const { shape, data } = tensors[name] as Tensor;
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, 8);
  let at = 8 + headerLength;
  for (const name of names) {
    const { data } = tensors[name] as Tensor;
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function dtypeOf(data: Tensor['data']): Dtype {
  return data instanceof Float32Array ? 'F32' : data instanceof Uint32Array ? 'U32' : 'U8';
}

/**
 * Reads a table; the arrays are views of `bytes` where its alignment allows.
 *
 * @throws ShardError if the bytes are no such file, or its parts do not fit each other
 */
export function decodeTensorTable(bytes: Uint8Array, file: string): TensorTable {
  if (bytes.length < 8) throw new ShardError(file, `it has ${bytes.length} bytes: cut short?`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > LARGEST_HEADER || 8 + headerLength > bytes.length)
    throw new ShardError(
      file,
      `a header of ${headerLength} bytes does not fit into ${bytes.length}: cut short?`,
    );
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch (cause) {
    throw new ShardError(file, 'its header is no JSON', { cause });
  }
  if (!isObject(header)) throw new ShardError(file, 'its header is no object');
  const data = bytes.subarray(8 + headerLength);
  const tensors: Record<string, Tensor> = {};
  let covered = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    tensors[name] = tensorOf(name, entry, data, file);
    covered += tensors[name].data.byteLength;
  }
  if (covered !== data.length)
    throw new ShardError(file, `its arrays have ${covered} bytes, the file ${data.length}`);
  const metadata = isObject(header['__metadata__']) ? header['__metadata__'] : {};
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    tensors,
  };
}

function tensorOf(name: string, entry: unknown, data: Uint8Array, file: string): Tensor {
  const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
  const isKnown = (value: unknown): value is Dtype => typeof value === 'string' && value in DTYPES;
  const areCounts = (value: unknown): value is readonly number[] =>
    Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && Number(count) >= 0);
  if (!isKnown(dtype) || !areCounts(shape) || !areCounts(offsets))
    throw new ShardError(file, `array ${name} is described as ${JSON.stringify(entry).slice(0, 120)}`);
  const [begin = 0, end = 0] = offsets;
  const Elements = DTYPES[dtype];
  const count = shape.reduce((product, length) => product * length, 1);
  if (begin > end || end > data.length || end - begin !== count * Elements.BYTES_PER_ELEMENT)
    throw new ShardError(
      file,
      `array ${name} of [${shape.join(', ')}] ${dtype} lies at bytes ${begin} to ${end} of ${data.length}: cut short?`,
    );
  const piece = data.subarray(begin, end);
  const isAligned = piece.byteOffset % Elements.BYTES_PER_ELEMENT === 0;
  const source = isAligned ? piece : piece.slice();
  return { shape, data: new Elements(source.buffer as ArrayBuffer, source.byteOffset, count) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
