import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../testing/run-cli.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-experiment-command-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('experiment', () => {
  it('runs, writes its tables and plots, and repeats nothing', async () => {
    const words = ['experiment', 'hacking', '--short', '--only', 'start,evaluator', '--out', folder];
    const first = await runCli(...words);
    expect(first.stderr).toBe('');
    expect(first.status).toBe(0);
    expect(first.stdout).toContain('2 of 2: seed 1, A alone');
    expect(first.stdout).not.toContain('(kept)');
    expect((await readdir(folder)).sort()).toEqual(['findings.md', 'hacking.svg', 'runs']);
    const findings = await readFile(join(folder, 'findings.md'), 'utf8');
    expect(findings).toContain('| A alone, stopped where');
    expect(findings).toContain('](hacking.svg)');
    const again = await runCli(...words);
    expect(again.stdout.match(/\(kept\)/g)).toHaveLength(2);
    expect(await readFile(join(folder, 'findings.md'), 'utf8')).toBe(findings);
  }, 60_000);

  it('refuses what it does not know', async () => {
    const unknown = await runCli('experiment', 'luck');
    expect([unknown.status, unknown.stderr]).toEqual([
      2,
      'UsageError: experiment: name one of rewards|hacking|weights|budget, got "luck"\n',
    ]);
    const variant = await runCli('experiment', 'weights', '--only', 'start,none', '--out', folder);
    expect(variant.status).toBe(2);
    expect(variant.stderr).toContain('"none" is no variant of weights; they are start, semantic-0, ');
  }, 60_000);
});
