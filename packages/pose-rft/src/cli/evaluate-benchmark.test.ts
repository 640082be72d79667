import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GOLDEN_DATASETS } from '../testing/golden-datasets.js';
import type { CliResult } from '../testing/run-cli.js';
import { parseCommandInput, UsageError } from './command.js';
import { evaluateCommand } from './evaluate-command.js';

let folder: string;
beforeAll(async () => {
  await useBackend('wasm');
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-benchmark-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
trackTensorLeaks({ beforeAll, afterAll });
afterEach(() => {
  vi.restoreAllMocks();
});

/** The command in this process, as `main` runs it. */
async function run(...words: readonly string[]): Promise<CliResult> {
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  try {
    await evaluateCommand.run(parseCommandInput(evaluateCommand, ['--backend', 'wasm', ...words]));
    return { status: 0, stdout, stderr: '' };
  } catch (error) {
    const { name, message } = error as Error;
    return { status: error instanceof UsageError ? 2 : 1, stdout, stderr: `${name}: ${message}` };
  }
}

describe('evaluate --benchmark', () => {
  it.each<[string, string[], number, RegExp]>([
    ['an unknown benchmark', ['--benchmark', 'coco'], 2, /must be one of 3dpw, h36m, .*got "coco"/],
    ['no folder', ['--benchmark', 'emdb'], 2, /evaluate --benchmark emdb needs .*--data DIR/],
    ['an option without a benchmark', ['--data', '.'], 2, /--data needs --benchmark NAME/],
    ['a wrong policy', ['--benchmark', 'synthetic', '--on-problem', 'hide'], 2, /throw or skip, got "hide"/],
    ['a lone regressor', ['--benchmark', 'h36m', '--joint-regressor', 'x'], 2, /needs --bodies DIR/],
    [
      'missing data',
      ['--benchmark', '3dpw', '--data', '/no/such'],
      1,
      /^BenchmarkDataError: 3dpw: [^]*data check 3dpw/,
    ],
    [
      'missing bodies',
      ['--benchmark', 'h36m', '--bodies', '/no/such'],
      1,
      /^ScoringBodyError: .*--bodies DIR/,
    ],
  ])('explains %s', async (_, words, status, message) => {
    const result = await run(...words);
    expect(result.stderr).toMatch(message);
    expect(result.status).toBe(status);
  });

  it('says that the shipped model reads no pictures, and what to do', async () => {
    const words = ['--data', join(GOLDEN_DATASETS, 'h36m'), '--out', join(folder, 'h36m')];
    const { status, stderr } = await run('--benchmark', 'h36m', ...words);
    expect(stderr).toMatch(/reads no pictures; .*--predictions FILE\.jsonl/);
    expect(status).toBe(1);
  });

  it('scores the shipped model on synthetic questions, and its saved answers the same', async () => {
    const [out, again, saved] = ['first', 'again', 'answers.jsonl'].map((name) => join(folder, name));
    const words = ['--benchmark', 'synthetic', '--prompts', '12', '--candidates', '2'];
    const first = await run(...words, '--out', out ?? '', '--save-predictions', saved ?? '');
    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(/MPJPE, best of 2[^]*B \(independent judge\)[^]*Left out\n\nNothing\./);
    const second = await run(...words, '--out', again ?? '', '--predictions', saved ?? '');
    expect(second.stderr).toBe('');
    const [one, other] = await Promise.all(
      [out, again].map((where) => readFile(join(where ?? '', 'samples.jsonl'), 'utf8')),
    );
    const rows = (text = ''): readonly Record<string, unknown>[] =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows(one)).toHaveLength(12);
    rows(one).forEach((row, index) => {
      expect(rows(other)[index]).toEqual(row);
    });
    const page = await readFile(join(out ?? '', 'report.html'), 'utf8');
    expect(page.includes('Reliability of sigma')).toBe(true);
    const json = JSON.parse(await readFile(join(out ?? '', 'result.json'), 'utf8')) as { format: string };
    expect(json.format).toBe('pose-rft-benchmark');
  });

  it('says what to ask another model, scores its answers, and sums up what was wrong', async () => {
    const [questions, answers, out] = ['questions.jsonl', 'model.jsonl', 'rpe'].map((name) =>
      join(folder, name),
    );
    const words = ['--benchmark', '3dpw', '--data', join(GOLDEN_DATASETS, '3dpw'), '--on-problem', 'skip'];
    const asked = await run(...words, '--save-questions', questions ?? '');
    expect(asked.stdout).toMatch(/^5 questions in /);
    const ids = (await readFile(questions ?? '', 'utf8'))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    const pose = new Array<number>(72).fill(0);
    const lines = [
      { model: 'HMR 2.0b' },
      { id: ids[0], axisAngles: pose },
      { id: ids[1], axisAngles: pose },
      { id: ids[2], noPerson: true },
      { id: ids[3], axisAngles: [1, 2] },
      { id: 'somebody', axisAngles: pose },
    ];
    await writeFile(answers ?? '', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const refused = await run(...words.slice(0, 4), '--predictions', answers ?? '', '--out', out ?? '');
    expect(refused.status).toBe(1);
    const { stdout, stderr } = await run(...words, '--predictions', answers ?? '', '--out', out ?? '');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/# 3DPW, split test: HMR 2\.0b/);
    for (const line of [
      '1 wrong-count',
      '1 unknown-id',
      '1 missing-prediction',
      '1 no-person',
      '1 incomplete-data',
    ])
      expect(stdout).toContain(`\n  ${line}\n`);
  });
});

describe('evaluate without --benchmark', () => {
  it('prints the metrics of held-out prompts, as ever', async () => {
    const { stdout, stderr } = await run('--prompts', '4', '--candidates', '1');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/MPJPE, mean pose +[\d.]+ mm +\(95 %: [\d.]+ mm to [\d.]+ mm\)/);
    expect(stdout).not.toContain('|');
  });
});
