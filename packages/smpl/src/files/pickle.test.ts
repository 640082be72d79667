import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DataFileError } from './data-file-error.js';
import { readPickle } from './pickle.js';
import { numbersOf, sparseRowsOf } from './pickled-numbers.js';

/** Base64 of what Python wrote, by value and protocol: `tools/parity/smpl/generate_bodies.py`. */
const pickles = JSON.parse(
  readFileSync(new URL('../__golden__/pickles.golden.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, string>>>>;

const source = { file: 'test.pkl', field: 'value' };

function protocols(name: string): [string, Uint8Array][] {
  return Object.entries(pickles[name] ?? {}).map(([protocol, text]) => [
    protocol,
    Uint8Array.from(Buffer.from(text, 'base64')),
  ]);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

const counting = Array.from({ length: 12 }, (_, i) => i);

describe('readPickle', () => {
  it.each(protocols('plain'))('reads plain data of protocol %s', (_, bytes) => {
    expect(readPickle(bytes, 'test.pkl')).toEqual(
      new Map<string, unknown>([
        ['none', null],
        ['yes', true],
        ['no', false],
        ['small', 7],
        ['negative', -300],
        ['long', 2 ** 40],
        ['half', 0.5],
        ['text', 'café'],
        ['list', [1, [2]]],
        ['tuple', [1, 2]],
      ]),
    );
  });

  it.each(protocols('bytes'))('reads bytes of protocol %s', (_, bytes) => {
    expect(readPickle(bytes, 'test.pkl')).toEqual(Uint8Array.from({ length: 256 }, (__, i) => i));
  });

  it.each(
    (
      [
        ['doubles', [2, 2, 3], counting],
        ['fortran', [2, 2, 3], counting],
        ['bigEndian', [2, 2, 3], counting],
        ['integers', [1, 2], [-1, 2 ** 40]],
        ['unsigned', [2], [4294967295, 0]],
        ['booleans', [2], [1, 0]],
        ['scalar', [], [1.5]],
        ['variable', [2, 2, 3], counting],
        ['selection', [2, 2, 2], counting.filter((i) => i % 3 > 0)],
      ] as const
    ).flatMap(([name, shape, data]) =>
      protocols(name).map(([protocol, bytes]) => ({ name, protocol, bytes, shape, data })),
    ),
  )('reads $name of protocol $protocol', ({ bytes, shape, data }) => {
    const array = numbersOf(readPickle(bytes, 'test.pkl'), source);
    expect(array.shape).toEqual(shape);
    expect(Array.from(array.data)).toEqual(data);
  });

  it.each(protocols('sparse'))('reads a sparse matrix of protocol %s', (_, bytes) => {
    const rows = sparseRowsOf(readPickle(bytes, 'test.pkl'), 2, 3, source);
    expect(rows).toMatchObject({ rowCount: 2, columnCount: 3 });
    expect(Array.from(rows?.starts ?? [])).toEqual([0, 1, 3]);
    expect(Array.from(rows?.columns ?? [])).toEqual([1, 0, 2]);
    expect(Array.from(rows?.values ?? [])).toEqual([2, 1, 3]);
    expect(() => sparseRowsOf(readPickle(bytes, 'test.pkl'), 3, 2, source)).toThrow(
      /value: expected \[3, 2\]/,
    );
  });
});

describe('a hostile pickle', () => {
  it.each([
    ['a shell command', "cos\nsystem\n(S'true'\ntR.", /'os system', which is refused \(nothing was run\)/],
    ['a command in protocol 2', '\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.', /'posix system'/],
    ['a command in protocol 4', '\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.', /'os system'/],
    ['eval', "c__builtin__\neval\n(S'1'\ntR.", /'__builtin__ eval'/],
    ['an attribute of an allowed module', 'cnumpy\nload\n.', /'numpy load'/],
    ['an instance of a class', "(S'true'\nios\nsystem\n.", /operation 0x69 at byte 9/],
    ['a persistent id', 'Pid\n.', /operation 0x50/],
    ['an extension', '\x82\x01.', /operation 0x82/],
    ['a call of no class', 'K\x01)R.', /a call of an allowed class/],
    ['a call of a base class', 'c__builtin__\nobject\n)R.', /a call of an allowed class/],
  ])('that holds %s is refused', (_, text, message) => {
    expect(() => readPickle(ascii(text), 'evil.pkl')).toThrow(DataFileError);
    expect(() => readPickle(ascii(text), 'evil.pkl')).toThrow(message);
  });

  it.each([
    ['is empty', '', /1 more bytes of pickle at byte 0/],
    [
      'is cut within a string',
      '\x80\x02U\x05ab',
      /5 more bytes of pickle at byte 4, found 2: is the file cut/,
    ],
    ['claims a string of two gigabytes', 'T\xff\xff\xff\x7fab.', /2147483647 more bytes/],
    ['claims a string of 2^63 bytes', '\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.', /more bytes/],
    ['lacks a value', 'a.', /a value on the stack/],
    ['lacks a mark', 't.', /a mark on the stack/],
    ['reads below a mark', '](a.', /a value on the stack/],
    ['misses its memo', 'h\x05.', /value 5 of the memo/],
    ['appends to a number', 'K\x01K\x02a.', /a list to append to/],
    ['has a list as a key', '}]K\x01s.', /a key that is text or a number/],
    ['has an integer of a megabyte', '\x8b\x00\x00\x10\x00', /an integer of at most 32 bytes/],
    ['has a broken number', 'Ione\n.', /a decimal integer/],
    ['has a broken escape', "S'\\xzz'\n.", /an escape of Python strings/],
    ['has a string without an end', "S'abc\n.", /a quoted string/],
    ['gives a state to a number', 'K\x01}b.', /a state that belongs to its object/],
    [
      'has an array of more numbers than bytes',
      "cnumpy.core.multiarray\n_reconstruct\n)R(K\x01J\xff\xff\xff\x7f\x85cnumpy\ndtype\n(S'f8'\ntR\x89S'abc'\ntb.",
      /\[2147483647\] elements of 8 bytes \(f8\), found 3 bytes/,
    ],
    [
      'has an array of records',
      "cnumpy.core.multiarray\n_reconstruct\n)R(K\x01K\x01\x85cnumpy\ndtype\n(S'V8'\ntR\x89S'abc'\ntb.",
      /dtype 'V8'/,
    ],
  ])('that %s is refused', (_, text, message) => {
    expect(() => readPickle(ascii(text), 'broken.pkl', 'model')).toThrow(DataFileError);
    expect(() => readPickle(ascii(text), 'broken.pkl', 'model')).toThrow(message);
  });

  it('that never ends makes no more objects than it may', () => {
    const bytes = new Uint8Array(3_000_000).fill('}'.charCodeAt(0));
    expect(() => readPickle(bytes, 'long.pkl')).toThrow(/at most 2000000 operations/);
  });

  it('that selects from selections without end is refused', () => {
    const bytes = ascii(
      'cchumpy.reordering\nSelect\n)\x81q\x00}(X\x01\x00\x00\x00ah\x00X\x04\x00\x00\x00idxsNub.',
    );
    expect(() => numbersOf(readPickle(bytes, 'loop.pkl'), source)).toThrow(DataFileError);
  });
});
