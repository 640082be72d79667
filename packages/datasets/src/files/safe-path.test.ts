import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeRelativePath } from './safe-path.js';

test.for([
  '../x.jpg',
  'a/../../x.jpg',
  '/etc/passwd',
  '\\\\server\\share',
  'C:\\x.jpg',
  'file:x.jpg',
  'a\\..\\..\\x.jpg',
  'a\0.jpg',
  '',
  '.',
  './',
])('%j leads out of the folder, or names nothing', (name) => {
  expect(safeRelativePath(name)).toBeUndefined();
});

test('keeps honest names, and gives nothing that leads out', () => {
  expect(safeRelativePath('images/S9_Directions 1.60457274_000001.jpg')).toBe(
    'images/S9_Directions 1.60457274_000001.jpg',
  );
  expect(safeRelativePath('a..b/...c')).toBe('a..b/...c');
  fc.assert(
    fc.property(fc.array(fc.constantFrom('.', '..', 'a', '/', '\\', ':', '\n')), (parts) => {
      const path = safeRelativePath(parts.join(''));
      if (path !== undefined)
        expect(path.split('/').every((part) => /^(?!\.{1,2}$)[^/\\:\n]+$/.test(part))).toBe(true);
    }),
    { numRuns: 500, seed: 1 },
  );
});
