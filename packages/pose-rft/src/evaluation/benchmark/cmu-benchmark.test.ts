import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { poseScriptHeading } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchmarkDataError } from './benchmark-data.js';
import { cmuBenchmark } from './cmu-benchmark.js';
import { runBenchmark } from './run-benchmark.js';
import { syntheticScoringBody } from './scoring-body.js';

const recordings = resolve(import.meta.dirname, '../../../../../../shared/data/cmu-mocap');
const isThere = existsSync(recordings);
if (!isThere)
  console.info(`skipped: no CMU recordings in ${recordings} (mocap.cs.cmu.edu, subjects 01 and 02)`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-cmu-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('says where recordings come from when there are none', async () => {
  await expect(cmuBenchmark({ folder, seed: 1 })).rejects.toThrow(BenchmarkDataError);
  await expect(cmuBenchmark({ folder, seed: 1 })).rejects.toThrow(/mocap\.cs\.cmu\.edu/);
});

describe.skipIf(!isThere)('recordings of CMU', () => {
  const take = async (): Promise<string> => {
    const copy = join(folder, 'two');
    for (const name of ['02.asf', '02_01.amc', '02_04.amc'])
      await cp(join(recordings, name), join(copy, name));
    return copy;
  };

  it('are evidence frame by frame, and a text now and then, of people who face the camera', async () => {
    const benchmark = await cmuBenchmark({ folder: await take(), seed: 1 });
    const pictures = benchmark.samples.filter(({ task }) => task === 'image-to-pose');
    const texts = benchmark.samples.filter(({ task }) => task === 'text-to-pose');
    expect(new Set(benchmark.samples.map(({ cluster }) => cluster))).toEqual(new Set(['02_01', '02_04']));
    expect(pictures.length).toBeGreaterThan(50);
    expect(texts.length).toBeGreaterThanOrEqual(Math.floor(pictures.length / 10));
    for (const { truth, evidence, track } of pictures) {
      expect(Math.abs(poseScriptHeading(truth.person?.pose6d ?? new Float32Array(144)))).toBeLessThan(1e-5);
      expect(evidence).toHaveLength(12 * 128);
      expect(track).toBeDefined();
    }
    const { tasks } = await runBenchmark({
      benchmark,
      body: syntheticScoringBody(),
      random: createRandom(1),
      predictor: {
        name: 'the truth',
        predict: (samples) =>
          Promise.resolve(
            samples.map(({ truth }) => ({
              kind: 'answers',
              answers: [{ pose: { mean6d: truth.person?.pose6d ?? new Float32Array(144), samples6d: [] } }],
            })),
          ),
      },
    });
    expect(tasks[0]?.estimates.mpjpeMean?.mean).toBeLessThan(0.01);
    expect(tasks[1]?.estimates.satisfiedTruth?.mean).toBe(1);
    expect(tasks[0]?.motion).toMatchObject({ frameRateHertz: 10, stretchCount: 2 });
    // A person who walks: some jerk, but no trembling of tens of millimetres from frame to frame.
    expect(tasks[0]?.motion?.truthJitter.mean).toBeGreaterThan(1);
    expect(tasks[0]?.motion?.truthJitter.mean).toBeLessThan(100);
  });

  it('depend on the seed alone, and a stride thins them', async () => {
    const copy = await take();
    const [one, again, other] = [
      await cmuBenchmark({ folder: copy, seed: 1 }),
      await cmuBenchmark({ folder: copy, seed: 1 }),
      await cmuBenchmark({ folder: copy, seed: 2 }),
    ];
    expect(again.samples).toEqual(one.samples);
    expect(other.samples[0]?.evidence).not.toEqual(one.samples[0]?.evidence);
    const thin = await cmuBenchmark({ folder: copy, seed: 1, frameStride: 3 });
    expect(thin.samples.length).toBeLessThan(one.samples.length / 2.5);
  });

  it('that are broken are refused, or counted', async () => {
    const copy = await take();
    await writeFile(join(copy, '02_99.amc'), ':FULLY-SPECIFIED\n:DEGREES\n1\nroot 1 2\n');
    await expect(cmuBenchmark({ folder: copy, seed: 1 })).rejects.toThrow(/02_99/);
    const { problems, samples } = await cmuBenchmark({ folder: copy, seed: 1, onProblem: 'skip' });
    expect(problems.counts['broken-record']).toBe(1);
    expect(samples.some(({ cluster }) => cluster === '02_01')).toBe(true);
    await rm(copy, { recursive: true });
  });
});
