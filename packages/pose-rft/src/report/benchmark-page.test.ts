import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchmarkJson, benchmarkRows } from '../evaluation/benchmark/benchmark-json.js';
import { benchmarkMarkdown } from '../evaluation/benchmark/benchmark-markdown.js';
import { createProblemTally } from '../evaluation/benchmark/benchmark-problem.js';
import type { BenchmarkResult } from '../evaluation/benchmark/benchmark-result.js';
import type { Benchmark } from '../evaluation/benchmark/benchmark.js';
import { runBenchmark } from '../evaluation/benchmark/run-benchmark.js';
import { syntheticScoringBody } from '../evaluation/benchmark/scoring-body.js';
import { syntheticBenchmark } from '../evaluation/benchmark/synthetic-benchmark.js';
import { benchmarkPage } from './benchmark-page.js';

const tally = createProblemTally('skip');
tally.add('no-person', 'frame <7>', 'nobody', 8);
const benchmark: Benchmark = { ...syntheticBenchmark({ count: 8, seed: 2 }), problems: tally.summary() };
let result: BenchmarkResult;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-page-'));
  result = await runBenchmark({
    benchmark,
    predictor: {
      name: 'a | <model>',
      predict: (samples) =>
        Promise.resolve(
          samples.map(({ truth }, row) => ({
            kind: 'answers',
            answers:
              row === 2
                ? [{ text: '<b>none</b>' }]
                : [
                    {
                      text: 'so: <POSE>.',
                      pose: {
                        mean6d: (truth.person?.pose6d ?? new Float32Array(144)).map(
                          (value) => value + 0.02 * row,
                        ),
                        samples6d: [],
                        logStandardDeviation: new Float32Array(144).fill(-3),
                      },
                    },
                  ],
          })),
        ),
    },
    body: syntheticScoringBody(),
    random: createRandom(1),
    caseCount: 2,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Tables as they are before their columns are padded. */
const withoutPadding = (markdown: string): string =>
  markdown.replaceAll(/\| +/gu, '| ').replaceAll(/ +\|/gu, ' |');

describe('benchmarkMarkdown', () => {
  it("has our row beside the paper's, says that the data differ, and counts what is left out", () => {
    const text = withoutPadding(benchmarkMarkdown(result));
    expect(text).toMatch(/\| Pose-RFT \| 3dpw \| 85\.9 \| 51\.6 \|/);
    expect(text).toMatch(/\| a \\\| <model>, mean of the distribution \| synthetic \| \d+\.\d \| \d+\.\d \|/);
    expect(text).toContain('Other data: the published figures are on 3dpw, ours on synthetic');
    expect(text).toMatch(/8 no-person\n {2}frame <7>: nobody\n {2}\.\.\. and 7 more/);
    expect(text).toMatch(/\| MPJPE, best of 1 \|/);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    const tables = text.split('\n\n').filter((part) => part.startsWith('|'));
    expect(tables.length).toBeGreaterThan(3);
    for (const table of tables)
      expect(new Set(table.split('\n').map((line) => line.split(/(?<!\\)\|/u).length)).size).toBe(1);
  });

  it('says that the data are the same where they are', () => {
    const text = benchmarkMarkdown({ ...result, benchmark: '3dpw' });
    expect(text).not.toContain('Other data: the published figures are on 3dpw');
    expect(text).toContain('Ours: SMPL 24 joints, pelvis-aligned');
  });
});

describe('benchmarkJson', () => {
  it('has every figure, and no NaN', () => {
    const parsed = JSON.parse(benchmarkJson(result)) as BenchmarkResult & { readonly version: number };
    expect(parsed.version).toBe(1);
    expect(parsed.tasks[0]?.estimates.mpjpeMean?.mean).toBe(result.tasks[0]?.estimates.mpjpeMean?.mean);
    expect(parsed.tasks[0]?.calibration?.groups).toHaveLength(24);
    expect(benchmarkJson(result)).not.toContain('"pose6d"');
    const rows = benchmarkRows(result).trim().split('\n');
    expect(rows).toHaveLength(8);
    expect(JSON.parse(rows[0] ?? '')).toMatchObject({ id: 'synthetic/2/0', task: 'image-to-pose' });
  });
});

describe('benchmarkPage', () => {
  it('is one page with plots and pictures, and nothing of a model gets out of its text', async () => {
    const page = await benchmarkPage(result, benchmark);
    expect(page.match(/<svg /g)?.length).toBe(2);
    // Two best and two worst cases of two tasks, truth and answer each.
    expect(page.match(/src="data:image\/png/g)?.length).toBe(16);
    for (const text of ['a | &lt;model&gt;', 'frame &lt;7&gt;: nobody'])
      expect(page.includes(text), text).toBe(true);
    const written = page.replaceAll(/base64,[^"]*/g, '');
    expect(/<b>none|<script|NaN|undefined/.exec(written)?.[0]).toBeUndefined();
    expect(/(?:src|href)="(?!data:)/.exec(written)).toBeNull();
  });

  it('shows the picture that was asked about, where it lies on disk', async () => {
    await mkdir(join(folder, 'images'));
    await writeFile(join(folder, 'images', 'a.jpg'), Uint8Array.of(0xff, 0xd8, 0xff));
    const [task] = result.tasks;
    const [best] = task?.best ?? [];
    if (task === undefined || best === undefined) throw new Error('no case');
    const withPicture = (path: string): BenchmarkResult => ({
      ...result,
      tasks: [{ ...task, worst: [], best: [{ ...best, sample: { ...best.sample, image: { path } } }] }],
    });
    const there = await benchmarkPage(withPicture('images/a.jpg'), { folder, yAxis: 'down' });
    expect(there.includes('src="data:image/jpeg;base64,/9j/"')).toBe(true);
    const gone = await benchmarkPage(withPicture('images/b.jpg'), { folder });
    expect(gone.includes('data:image/jpeg')).toBe(false);
  });
});
