import { describe, expect, it } from 'vitest';
import { pictureTable, type PictureRow } from './picture-table.js';

const row = (seed: number, senses: PictureRow['senses'], stage: string, mpjpeMean: number): PictureRow => ({
  seed,
  senses,
  stage,
  cpuSeconds: 10 * seed,
  values: { mpjpeMean, formatRate: 0.5 },
});

describe('pictureTable', () => {
  it('shows the mean over seeds, with their values, and the mean pose once whatever the senses', () => {
    const table = pictureTable([
      row(1, 'encoder', 'mean pose', 300),
      row(1, 'encoder', 'SFT', 200),
      row(1, 'both', 'mean pose', 300),
      row(1, 'both', 'SFT', 100),
      row(2, 'encoder', 'mean pose', 310),
      row(2, 'encoder', 'SFT', 210),
    ]);
    const lines = table.split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[2]).toContain('| mean pose | 305.0 mm (300.0, 310.0) |');
    expect(lines[3]).toContain('| encoder: SFT | 205.0 mm (200.0, 210.0) |');
    expect(lines[4]).toContain('| both: SFT | 100.0 mm | - |');
    expect(lines[3]).toMatch(/ 15 \|$/);
    const columns = new Set(lines.map((line) => line.split('|').length));
    expect(columns.size).toBe(1);
  });
});
