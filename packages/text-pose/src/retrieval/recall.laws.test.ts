import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateRecall, formatRecall, recallHits } from './evaluate-recall.js';
import { evaluateRPrecision, formatRPrecision } from './evaluate-r-precision.js';
import {
  HIT_RATE_R_PRECISION,
  POSESCRIPT_R_PRECISION,
  POSESCRIPT_RECALL,
  RetrievalEvaluationError,
  UNIPOSE_RECALL,
  type PairedEmbeddings,
} from './recall.js';

type Figures = Readonly<Record<string, number>>;

/** What PyTorch's sort gave: `tools/parity/retrieval/generate.py` writes this file. */
const { metrics } = JSON.parse(
  readFileSync(new URL('../__golden__/retrieval.golden.json', import.meta.url), 'utf8'),
) as {
  readonly metrics: {
    readonly size: number;
    readonly texts: readonly number[];
    readonly poses: readonly number[];
    readonly rPrecision: Figures;
  } & Readonly<
    Record<
      'poseScript' | 'uniPose',
      { readonly textToPose: Figures; readonly poseToText: Figures; readonly meanRecall: number }
    >
  >;
};
const goldenPairs: PairedEmbeddings = {
  texts: Float32Array.from(metrics.texts),
  poses: Float32Array.from(metrics.poses),
  size: metrics.size,
};

function randomRows(seed: number, count: number, size: number): Float32Array {
  return createRandom(seed).fillNormal(new Float32Array(count * size));
}

function permutedRows(rows: Float32Array, size: number, order: readonly number[]): Float32Array {
  const target = new Float32Array(rows.length);
  order.forEach((row, index) => target.set(rows.subarray(size * row, size * (row + 1)), size * index));
  return target;
}

const pairCounts = fc.integer({ min: 1, max: 40 });

describe('recallHits', () => {
  test.prop([pairCounts, fc.integer()])('has the recall as its mean, and grows with K', (count, seed) => {
    const pairs = { texts: randomRows(seed, count, 3), poses: randomRows(seed + 1, count, 3), size: 3 };
    const report = evaluateRecall(pairs, UNIPOSE_RECALL);
    const hits = recallHits(pairs, UNIPOSE_RECALL.ks);
    for (const direction of ['textToPose', 'poseToText'] as const)
      UNIPOSE_RECALL.ks.forEach((k, index) => {
        const shares = hits[direction][k] ?? new Float64Array(0);
        expect(shares).toHaveLength(count);
        const mean = shares.reduce((sum, share) => sum + share, 0) / count;
        expect(100 * mean).toBeCloseTo(report[direction][k] ?? Number.NaN, 9);
        const smaller = hits[direction][UNIPOSE_RECALL.ks[index - 1] ?? k] ?? shares;
        shares.forEach((share, query) => {
          expect(share).toBeGreaterThanOrEqual(smaller[query] ?? Number.NaN);
        });
      });
  });

  it('says whose own item was found', () => {
    const texts = Float32Array.of(1, 0, 0, 1, 0.6, 0.8);
    const poses = Float32Array.of(1, 0, 0.6, 0.8, 0, 1);
    const { textToPose, poseToText } = recallHits({ texts, poses, size: 2 }, [1, 2]);
    expect([...(textToPose[1] ?? [])]).toEqual([1, 0, 0]);
    expect([...(textToPose[2] ?? [])]).toEqual([1, 1, 1]);
    expect([...(poseToText[1] ?? [])]).toEqual([1, 0, 0]);
  });
});

describe('evaluateRecall', () => {
  it.each([
    [POSESCRIPT_RECALL, metrics.poseScript],
    [UNIPOSE_RECALL, metrics.uniPose],
  ] as const)('gives what sorting gives: $name', (protocol, expected) => {
    const report = evaluateRecall(goldenPairs, protocol);
    expect(report.meanRecall).toBeCloseTo(expected.meanRecall, 6);
    for (const [k, percent] of Object.entries(expected.textToPose))
      expect(report.textToPose[Number(k)]).toBeCloseTo(percent, 6);
    for (const [k, percent] of Object.entries(expected.poseToText))
      expect(report.poseToText[Number(k)]).toBeCloseTo(percent, 6);
    expect(Object.keys(report.textToPose)).toEqual(protocol.ks.map(String));
  });

  test.prop({ seed: fc.nat(), count: pairCounts })('a perfect encoder scores 100', ({ seed, count }) => {
    const rows = randomRows(seed, count, 8);
    // Rows of length 1, so that each is nearest to itself.
    for (let row = 0; row < count; row++) {
      const part = rows.subarray(8 * row, 8 * row + 8);
      const norm = Math.hypot(...part);
      part.forEach((value, index) => (part[index] = value / norm));
    }
    expect(evaluateRecall({ texts: rows, poses: rows, size: 8 }).meanRecall).toBe(100);
  });

  test.prop({ count: pairCounts, constantTexts: fc.boolean(), seed: fc.nat() })(
    'ties do not help: an encoder that says the same of everything scores chance',
    ({ count, constantTexts, seed }) => {
      const constant = new Float32Array(3 * count).fill(0.3);
      const other = constantTexts ? constant : randomRows(seed, count, 3);
      const report = evaluateRecall({ texts: other, poses: constant, size: 3 });
      // Every text ties all poses: K of N by lot.
      for (const k of [1, 5, 10]) expect(report.textToPose[k]).toBeCloseTo(100 * Math.min(1, k / count), 9);
      if (!constantTexts) return;
      for (const k of [1, 5, 10]) expect(report.poseToText[k]).toBeCloseTo(100 * Math.min(1, k / count), 9);
    },
  );

  test.prop({ seed: fc.nat(), count: pairCounts })(
    'does not see the order of the pairs',
    ({ seed, count }) => {
      const [texts, poses] = [randomRows(seed, count, 4), randomRows(seed + 1, count, 4)];
      const order = createRandom(seed).shuffle(Array.from({ length: count }, (_, index) => index));
      const shuffled = {
        texts: permutedRows(texts, 4, order),
        poses: permutedRows(poses, 4, order),
        size: 4,
      };
      const [before, after] = [evaluateRecall({ texts, poses, size: 4 }), evaluateRecall(shuffled)];
      for (const k of [1, 5, 10]) {
        expect(after.textToPose[k]).toBeCloseTo(before.textToPose[k] ?? Number.NaN, 9);
        expect(after.poseToText[k]).toBeCloseTo(before.poseToText[k] ?? Number.NaN, 9);
      }
    },
  );

  it('random embeddings score chance', () => {
    const count = 600;
    const report = evaluateRecall({
      texts: randomRows(1, count, 16),
      poses: randomRows(2, count, 16),
      size: 16,
    });
    for (const k of [1, 5, 10]) {
      const chance = k / count;
      const fiveDeviations = 500 * Math.sqrt((chance * (1 - chance)) / count);
      expect(Math.abs((report.textToPose[k] ?? 0) - 100 * chance)).toBeLessThan(fiveDeviations);
      expect(Math.abs((report.poseToText[k] ?? 0) - 100 * chance)).toBeLessThan(fiveDeviations);
    }
  });

  it('names its protocol beside the figures', () => {
    const texts = Float32Array.of(1, 0, 0, 1);
    expect(formatRecall(evaluateRecall({ texts, poses: texts, size: 2 }, UNIPOSE_RECALL))).toBe(
      'UniPose R@1/5/10/20 over 2 pairs: text to pose 100.0 / 100.0 / 100.0 / 100.0, ' +
        'pose to text 100.0 / 100.0 / 100.0 / 100.0, mRecall (mean of 8) 100.0',
    );
  });
});

describe('evaluateRPrecision', () => {
  it('gives what sorting gives when the pool is the whole set', () => {
    const pool = { ...POSESCRIPT_R_PRECISION, poolSize: goldenPairs.texts.length / metrics.size };
    const report = evaluateRPrecision(goldenPairs, createRandom(1), pool);
    for (const [k, percent] of Object.entries(metrics.rPrecision))
      expect(report.textToPose[Number(k)]).toBeCloseTo(percent, 6);
  });

  it('random embeddings score chance: K of 31 by the mean rank, K of 32 by the share of hits', () => {
    const pairs = { texts: randomRows(1, 2000, 16), poses: randomRows(2, 2000, 16), size: 16 };
    const byRank = evaluateRPrecision(pairs, createRandom(3));
    const byHits = evaluateRPrecision(pairs, createRandom(3), HIT_RATE_R_PRECISION);
    for (const k of [1, 2, 3]) {
      expect(Math.abs((byRank.textToPose[k] ?? 0) - (100 * k) / 31)).toBeLessThan(3);
      expect(Math.abs((byHits.textToPose[k] ?? 0) - (100 * k) / 32)).toBeLessThan(3);
    }
    expect(formatRPrecision(byRank)).toMatch(
      /^PoseScript R-precision@1\/2\/3 over 2000 texts, pools of 32 poses, 10 repetitions, by the mean rank: /,
    );
  });

  it('averages the rank before it thresholds', () => {
    // Text 0 is nearest to its pose but for one of the 39 others, which is in its pool 31 times in 39.
    const texts = new Float32Array(40 * 40);
    for (let row = 0; row < 40; row++) texts[41 * row] = 1;
    const poses = texts.slice();
    poses[40] = 2;
    const [byRank, byHits] = [POSESCRIPT_R_PRECISION, HIT_RATE_R_PRECISION].map((protocol) =>
      evaluateRPrecision({ texts, poses, size: 40 }, createRandom(1), { ...protocol, repetitions: 50 }),
    );
    expect(byRank?.textToPose[1]).toBe(100);
    expect(byHits?.textToPose[1]).toBeGreaterThan(97.5);
    expect(byHits?.textToPose[1]).toBeLessThan(99);
  });

  it('a perfect encoder scores 100, one that says nothing 0', () => {
    const identity = new Float32Array(40 * 40);
    for (let row = 0; row < 40; row++) identity[41 * row] = 1;
    const perfect = evaluateRPrecision({ texts: identity, poses: identity, size: 40 }, createRandom(1));
    expect(perfect.textToPose).toEqual({ 1: 100, 2: 100, 3: 100 });
    const same = new Float32Array(40).fill(1);
    const nothing = evaluateRPrecision(
      { texts: same, poses: same, size: 1 },
      createRandom(1),
      HIT_RATE_R_PRECISION,
    );
    expect(nothing.textToPose).toEqual({ 1: 0, 2: 0, 3: 0 });
  });
});

it('refuses embeddings that do not pair up, are not finite, or are too few', () => {
  const two = new Float32Array(4);
  const refused = (body: () => unknown, message: string): void => {
    expect(body).toThrow(RetrievalEvaluationError);
    expect(body).toThrow(message);
  };
  refused(() => evaluateRecall({ texts: two, poses: new Float32Array(6), size: 2 }), 'found 4 and 6');
  refused(() => evaluateRecall({ texts: two, poses: two, size: 3 }), '[N, 3] embeddings');
  refused(
    () => evaluateRecall({ texts: new Float32Array(0), poses: new Float32Array(0), size: 2 }),
    'N >= 1',
  );
  refused(
    () => evaluateRecall({ texts: Float32Array.of(1, NaN), poses: Float32Array.of(1, 1), size: 1 }),
    'NaN in row 1 of the texts',
  );
  refused(() => evaluateRPrecision({ texts: two, poses: two, size: 2 }, createRandom(1)), 'Pools of 32');
});
