import { describe, expect, test } from 'vitest';
import { fencesOfDocstrings, fencesOfMarkdown } from './code-fences.mjs';

const docstring = [
  'export const before = 1;',
  '/**',
  ' * What it does.',
  ' * @example',
  ' * ```ts',
  " * import { a } from 'b';",
  ' *',
  ' * const product = a * 2;',
  ' * ```',
  ' */',
  'export const after = 2;',
].join('\n');

describe('code fences', () => {
  test('of a docstring lose the comment and nothing else', () => {
    expect(fencesOfDocstrings(docstring, 'x.ts')).toEqual([
      { origin: 'x.ts:6', code: "import { a } from 'b';\n\nconst product = a * 2;\n" },
    ]);
  });

  test('of markdown are those marked ts; other languages are not programs to run', () => {
    const markdown = [
      '```sh',
      'npm install x',
      '```',
      '```ts',
      'first();',
      '```',
      'text',
      '```ts',
      'second();',
      '```',
    ];
    expect(fencesOfMarkdown(markdown.join('\n'), 'README.md')).toEqual([
      { origin: 'README.md:5', code: 'first();\n' },
      { origin: 'README.md:9', code: 'second();\n' },
    ]);
  });

  test('that never close are an error, not a program silently left out', () => {
    expect(() => fencesOfMarkdown('```ts\nfirst();', 'README.md')).toThrow(/README\.md:2.*not closed/);
  });
});
