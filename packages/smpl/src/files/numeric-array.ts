import { DataFileError } from './data-file-error.js';

/** Numbers as a file holds them, in a typed array of the nearest kind; 64-bit integers become doubles. */
export type NumericData =
  Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** An array of numbers (or of truth values, as 0 and 1), in C order: the last index runs fastest. */
export interface NumericArray {
  readonly kind: 'numbers';
  /** NumPy's name of the type in the file, as `<f8`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: NumericData;
}

/** An array of strings, in C order. */
export interface TextArray {
  readonly kind: 'text';
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly items: readonly string[];
}

/** Where an array comes from, for its errors. */
export interface ArraySource {
  readonly file: string;
  readonly field: string;
}

interface ElementType {
  readonly littleEndian: boolean;
  readonly code: string;
  readonly size: number;
}

/** Number of elements of a shape. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** `shape` as a message shows it. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/**
 * Decodes the raw elements of an array, whatever their order and endianness. The numbers are copied.
 *
 * @param bytes - exactly the elements
 * @param dtype - floats of 2, 4, 8 bytes, integers of 1, 2, 4, 8, booleans, and strings (`S`, `U`)
 * @throws DataFileError if the type is another, or the bytes are not as many as the shape says
 */
export function decodeArray(
  bytes: Uint8Array,
  dtype: string,
  shape: readonly number[],
  isFortranOrder: boolean,
  source: ArraySource,
): NumericArray | TextArray {
  const type = elementType(dtype, source);
  const count = sizeOfShape(shape);
  if (!Number.isSafeInteger(count * type.size) || bytes.length !== count * type.size)
    throw new DataFileError(
      source.file,
      source.field,
      `${showShape(shape)} elements of ${type.size} bytes (${dtype})`,
      `${bytes.length} bytes`,
    );
  if (type.code === 'S' || type.code === 'U') {
    const items = decodeText(bytes, type, count);
    return { kind: 'text', dtype, shape, items: isFortranOrder ? toCOrder(items, shape, []) : items };
  }
  const data = decodeNumbers(type.littleEndian ? bytes : swapBytes(bytes, type.size), type);
  return {
    kind: 'numbers',
    dtype,
    shape,
    data: isFortranOrder ? toCOrder(data, shape, data.slice()) : data,
  };
}

/** Bytes an element of a type takes. */
export function elementSize(dtype: string, source: ArraySource): number {
  return elementType(dtype, source).size;
}

function elementType(dtype: string, { file, field }: ArraySource): ElementType {
  const match = /^([<>|=]?)(f[248]|[iu][1248]|b1|\?|[SU]\d{1,6})$/.exec(dtype);
  if (match === null)
    throw new DataFileError(
      file,
      field,
      'numbers (f2, f4, f8, i1 to i8, u1 to u8, b1) or strings (S, U)',
      `dtype '${dtype.slice(0, 80)}'`,
    );
  const [, order = '', name = ''] = match;
  const code = name === '?' ? 'b' : name.slice(0, 1);
  const length = name === '?' ? 1 : Number(name.slice(1));
  return { littleEndian: order !== '>', code, size: code === 'U' ? 4 * length : length };
}

function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  if (size === 1) return bytes;
  const swapped = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += size)
    for (let byte = 0; byte < size; byte++) swapped[start + byte] = bytes[start + size - 1 - byte] as number;
  return swapped;
}

/** From little-endian elements. A copy, so the result is aligned and does not keep the file in memory. */
function decodeNumbers(bytes: Uint8Array, { code, size }: ElementType): NumericData {
  const { buffer } = new Uint8Array(bytes);
  switch (`${code}${size}`) {
    case 'f8':
      return new Float64Array(buffer);
    case 'f4':
      return new Float32Array(buffer);
    case 'f2':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'i8':
      return fromPairs(new Uint32Array(buffer), (high) => high | 0);
    case 'u8':
      return fromPairs(new Uint32Array(buffer), (high) => high);
    case 'i4':
      return new Int32Array(buffer);
    case 'u4':
      return new Uint32Array(buffer);
    case 'i2':
      return new Int16Array(buffer);
    case 'u2':
      return new Uint16Array(buffer);
    case 'i1':
      return new Int8Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}

/** 64-bit integers from their low and high halves; exact up to 2^53. */
function fromPairs(halves: Uint32Array, signed: (high: number) => number): Float64Array {
  return Float64Array.from(
    { length: halves.length / 2 },
    (_, i) => signed(halves[2 * i + 1] as number) * 2 ** 32 + (halves[2 * i] as number),
  );
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function decodeText(bytes: Uint8Array, { code, size, littleEndian }: ElementType, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: size === 0 ? 0 : count }, (_, item) => {
    const codes: number[] = [];
    for (let byte = item * size; byte < (item + 1) * size; byte += code === 'U' ? 4 : 1)
      codes.push(code === 'U' ? view.getUint32(byte, littleEndian) : view.getUint8(byte));
    const text = codes.map((point) => (point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd')).join('');
    return text.replace(/\0+$/, '');
  });
}

/** Reorders elements whose first index runs fastest. `target` has as many places, or is an empty list. */
function toCOrder<Elements extends { [index: number]: number | string; readonly length: number }>(
  elements: Elements,
  shape: readonly number[],
  target: Elements,
): Elements {
  const places = shape.map(() => 0);
  const strides = shape.map((_, axis) => sizeOfShape(shape.slice(0, axis)));
  let from = 0;
  for (let to = 0; to < elements.length; to++) {
    target[to] = elements[from] as number | string;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] as number;
      const place = (places[axis] as number) + 1;
      from += stride;
      if (place < (shape[axis] as number)) {
        places[axis] = place;
        break;
      }
      places[axis] = 0;
      from -= stride * (shape[axis] as number);
    }
  }
  return target;
}
