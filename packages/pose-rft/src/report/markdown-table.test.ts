import { describe, expect, it } from 'vitest';
import { markdownTable } from './markdown-table.js';

describe('markdownTable', () => {
  it('pads every column to its widest cell, the first to the left and the others to the right', () => {
    const table = markdownTable([
      ['method', 'mm'],
      ['SFT', '9.5'],
      ['HyGRPO', '12.25'],
    ]);
    expect(table).toBe('| method |    mm |\n|--------|------:|\n| SFT    |   9.5 |\n| HyGRPO | 12.25 |');
  });

  it('keeps a bar within its cell', () => {
    expect(markdownTable([['a|b'], ['c']]).split('\n')).toEqual(['| a\\|b |', '|------|', '| c    |']);
  });
});
