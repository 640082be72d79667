import { DataFileError } from './data-file-error.js';
import { createPickleCursor, type PickleCursor } from './pickle-cursor.js';
import { allowedGlobal, construct, setState, textOf } from './pickle-constructors.js';
import { unescapePickledString } from './pickled-string.js';
import { kindOf, type PickledArray, type PickleKey, type PickleValue } from './pickle-value.js';

/** Each operation can make a small object: a body model takes a few thousand, a hostile file does not get further. */
const DEFAULT_MOST_OPERATIONS = 2_000_000;
/** Bytes of an integer; the largest in a model file is a 64-bit one. */
const LONGEST_INTEGER = 32;

/**
 * Reads a Python pickle (protocols 0 to 5) of plain data, NumPy arrays, SciPy sparse matrices and chumpy variables.
 * Pickles are programs: this reader has no way to run one. It knows the classes above by name, as data, and refuses every
 * other name.
 *
 * @param bytes - the whole pickle
 * @param file - the file's name, for errors
 * @param field - what the pickle is called, for errors
 * @param options - `mostOperations`: where to stop; 2 million by default, enough for any body model. Annotations of a
 *   whole data set need more: about ten for an array, and a few for each key
 * @throws DataFileError if the pickle names anything else, is cut short, or is broken
 * @example
 * ```ts
 * import { DataFileError, readPickle } from '@pose-rft/smpl';
 *
 * const hostile = new TextEncoder().encode("cos\nsystem\n(S'true'\ntR.");
 * try {
 *   readPickle(hostile, 'model.pkl');
 *   console.assert(false);
 * } catch (error) {
 *   console.assert(error instanceof DataFileError && error.found.includes("'os system'"));
 * }
 * ```
 */
export function readPickle(
  bytes: Uint8Array,
  file: string,
  field = 'pickle',
  options: { readonly mostOperations?: number } = {},
): PickleValue {
  const { mostOperations = DEFAULT_MOST_OPERATIONS } = options;
  const cursor = createPickleCursor(bytes, file, field);
  const machine: Machine = { cursor, source: { file, field }, stack: [], marks: [], memo: new Map() };
  for (let operations = 0; operations < mostOperations; operations++) {
    const at = cursor.position();
    const code = cursor.byte();
    if (code === STOP) return unwrap(pop(machine));
    const operation = OPERATIONS.get(code);
    if (operation === undefined)
      throw new DataFileError(
        file,
        field,
        'an operation that makes data',
        `operation 0x${code.toString(16).padStart(2, '0')} at byte ${at}`,
      );
    operation(machine);
  }
  throw new DataFileError(file, field, `at most ${mostOperations} operations`, 'more');
}

interface Machine {
  readonly cursor: PickleCursor;
  readonly source: { readonly file: string; readonly field: string };
  readonly stack: PickleValue[];
  /** Heights of the stack. */
  readonly marks: number[];
  readonly memo: Map<number, PickleValue>;
}

type Operation = (machine: Machine) => void;

/** An array that is complete stands for itself. */
function unwrap(value: PickleValue): PickleValue {
  return kindOf(value) === 'array' ? ((value as PickledArray).content ?? value) : value;
}

function broken({ source: { file, field }, cursor }: Machine, expected: string): DataFileError {
  return new DataFileError(file, field, expected, `something else at byte ${cursor.position()}`);
}

function pop(machine: Machine): PickleValue {
  const lowest = machine.marks.at(-1) ?? 0;
  const value = machine.stack.length > lowest ? machine.stack.pop() : undefined;
  if (value === undefined) throw broken(machine, 'a value on the stack');
  return value;
}

function top(machine: Machine): PickleValue {
  const value = machine.stack.at(-1);
  if (value === undefined) throw broken(machine, 'a value on the stack');
  return value;
}

function popToMark(machine: Machine): PickleValue[] {
  const mark = machine.marks.pop();
  if (mark === undefined) throw broken(machine, 'a mark on the stack');
  return machine.stack.splice(mark);
}

function append(machine: Machine, values: readonly PickleValue[]): void {
  const list = top(machine);
  if (!Array.isArray(list)) throw broken(machine, 'a list to append to');
  for (const value of values) (list as PickleValue[]).push(value);
}

function setItems(machine: Machine, items: readonly PickleValue[]): void {
  const map = top(machine);
  if (!(map instanceof Map) || items.length % 2 !== 0) throw broken(machine, 'a dictionary, keys and values');
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i] as PickleValue;
    (map as Map<PickleKey, PickleValue>).set(
      typeof key === 'number' ? key : textOf(key, machine.source, 'a key that is text or a number'),
      items[i + 1] as PickleValue,
    );
  }
}

function dictionary(machine: Machine, items: readonly PickleValue[]): void {
  machine.stack.push(new Map<PickleKey, PickleValue>());
  setItems(machine, items);
}

function lookUp(machine: Machine, index: number): void {
  const value = machine.memo.get(index);
  if (value === undefined) throw broken(machine, `value ${index} of the memo`);
  machine.stack.push(value);
}

/** Little-endian two's complement. */
function integerOf(machine: Machine, size: number): number | bigint {
  if (size > LONGEST_INTEGER) throw broken(machine, `an integer of at most ${LONGEST_INTEGER} bytes`);
  const bytes = machine.cursor.bytes(size);
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[i] as number);
  return plainNumber(BigInt.asIntN(Math.max(8, 8 * size), value));
}

function plainNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** `01` and `00` are Python 2's truth values; `L` ends long integers. */
function decimalOf(machine: Machine): number | bigint | boolean {
  const text = machine.cursor.lineText().trim();
  if (text === '01' || text === '00') return text === '01';
  if (!/^[+-]?\d{1,77}L?$/.test(text)) throw broken(machine, 'a decimal integer');
  return plainNumber(BigInt(text.replace(/^\+|L$/g, '')));
}

function float(machine: Machine): number {
  const text = machine.cursor.lineText().trim();
  const special: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
  const value = special[text] ?? (text === '' ? NaN : Number(text));
  if (Number.isNaN(value) && text !== 'nan') throw broken(machine, 'a decimal number');
  return value;
}

function instantiate(machine: Machine): void {
  const args = pop(machine);
  machine.stack.push(construct(pop(machine), args, machine.source));
}

const STOP = '.'.charCodeAt(0);

/** Operations that push what `value` makes. */
function push(value: (cursor: PickleCursor, machine: Machine) => PickleValue): Operation {
  return (machine) => void machine.stack.push(value(machine.cursor, machine));
}

function tupleOf(count: number): Operation {
  return (machine) => {
    const items = Array.from({ length: count }, () => pop(machine)).reverse();
    machine.stack.push(items);
  };
}

const ignored: Operation = () => {};

/** By code, as Python's pickletools lists them; those absent (persistent ids, extensions, INST, OBJ) are refused. */
const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>(
  (
    [
      [0x80, ({ cursor }) => void cursor.byte()], // PROTO
      [0x95, ({ cursor }) => void cursor.uint64()], // FRAME
      ['(', ({ marks, stack }) => void marks.push(stack.length)],
      [
        '0',
        (machine) => void (machine.marks.at(-1) === machine.stack.length ? popToMark(machine) : pop(machine)),
      ],
      ['1', (machine) => void popToMark(machine)],
      ['2', (machine) => void machine.stack.push(top(machine))],
      // Constants and numbers
      ['N', push(() => null)],
      [0x88, push(() => true)],
      [0x89, push(() => false)],
      ['I', push((_, machine) => decimalOf(machine))],
      ['L', push((_, machine) => decimalOf(machine))],
      ['F', push((_, machine) => float(machine))],
      ['J', push((cursor) => cursor.int32())],
      ['K', push((cursor) => cursor.byte())],
      ['M', push((cursor) => cursor.uint(2))],
      ['G', push((cursor) => cursor.float64())],
      [0x8a, push((cursor, machine) => integerOf(machine, cursor.byte()))],
      [0x8b, push((cursor, machine) => integerOf(machine, cursor.uint(4)))],
      // Strings: 8-bit ones stay bytes
      ['S', push((cursor, { source }) => unescapePickledString(cursor.line(), source.file, source.field))],
      ['T', push((cursor) => cursor.bytes(cursor.uint(4)))],
      ['U', push((cursor) => cursor.bytes(cursor.byte()))],
      ['C', push((cursor) => cursor.bytes(cursor.byte()))],
      ['B', push((cursor) => cursor.bytes(cursor.uint(4)))],
      [0x8e, push((cursor) => cursor.bytes(cursor.uint64()))],
      [0x96, push((cursor) => cursor.bytes(cursor.uint64()))],
      ['V', push((cursor) => unescapeUnicode(cursor.lineText()))],
      ['X', push((cursor) => cursor.text(cursor.uint(4)))],
      [0x8c, push((cursor) => cursor.text(cursor.byte()))],
      [0x8d, push((cursor) => cursor.text(cursor.uint64()))],
      // Containers
      [']', push(() => [])],
      ['l', (machine) => void machine.stack.push(popToMark(machine))],
      [
        'a',
        (machine) => {
          const value = pop(machine);
          append(machine, [value]);
        },
      ],
      [
        'e',
        (machine) => {
          const values = popToMark(machine);
          append(machine, values);
        },
      ],
      [')', push(() => [])],
      ['t', (machine) => void machine.stack.push(popToMark(machine))],
      [0x85, tupleOf(1)],
      [0x86, tupleOf(2)],
      [0x87, tupleOf(3)],
      ['}', push(() => new Map<PickleKey, PickleValue>())],
      [
        'd',
        (machine) => {
          const items = popToMark(machine);
          dictionary(machine, items);
        },
      ],
      [
        's',
        (machine) => {
          const value = pop(machine);
          const key = pop(machine);
          setItems(machine, [key, value]);
        },
      ],
      [
        'u',
        (machine) => {
          const items = popToMark(machine);
          setItems(machine, items);
        },
      ],
      // The memo
      ['p', (machine) => void machine.memo.set(Number(machine.cursor.lineText()), top(machine))],
      ['q', (machine) => void machine.memo.set(machine.cursor.byte(), top(machine))],
      ['r', (machine) => void machine.memo.set(machine.cursor.uint(4), top(machine))],
      [0x94, (machine) => void machine.memo.set(machine.memo.size, top(machine))],
      [
        'g',
        (machine) => {
          lookUp(machine, Number(machine.cursor.lineText()));
        },
      ],
      [
        'h',
        (machine) => {
          lookUp(machine, machine.cursor.byte());
        },
      ],
      [
        'j',
        (machine) => {
          lookUp(machine, machine.cursor.uint(4));
        },
      ],
      // Objects
      ['c', push((cursor, { source }) => allowedGlobal(cursor.lineText(), cursor.lineText(), source))],
      [
        0x93,
        (machine) => {
          const name = textOf(pop(machine), machine.source, 'a name');
          const module = textOf(pop(machine), machine.source, 'a module');
          machine.stack.push(allowedGlobal(module, name, machine.source));
        },
      ],
      ['R', instantiate],
      [0x81, instantiate], // NEWOBJ
      [
        'b',
        (machine) => {
          const state = pop(machine);
          setState(top(machine), state, machine.source);
        },
      ],
      [0x98, ignored], // READONLY_BUFFER
    ] satisfies readonly (readonly [string | number, Operation])[]
  ).map(([code, operation]) => [typeof code === 'string' ? code.charCodeAt(0) : code, operation]),
);

/** Protocol 0 writes text in ASCII with Python's \u escapes. */
function unescapeUnicode(text: string): string {
  return text.replace(
    /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
    (_, short: string | undefined, long = '') => {
      const point = parseInt(short ?? String(long), 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
    },
  );
}
