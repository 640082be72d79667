import {
  add,
  cast,
  concat,
  expandDims,
  mul,
  oneHot,
  reshape,
  sigmoid,
  slice,
  tensor2d,
  tensor3d,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import fc from 'fast-check';
import {
  categorical,
  createAutoregressive,
  createBernoulli,
  createBeta,
  createCategorical,
  createCholeskyGaussian,
  createDiagonalGaussian,
  createGaussianMixture,
  createIndependentJoint,
  createJoint,
  createLowRankGaussian,
  createMultiCategorical,
  createRotationGaussian,
  createSquashedGaussian,
  createTokenSequence,
  createTransformed,
  hybrid,
  keepTopK,
  real,
  sigmoidBijector,
  tokens,
  when,
  type ActionTensors,
} from '../index.js';

type Numbers = readonly number[];

/** Evenly spread; `fc.double` prefers numbers near 0, where all distributions look alike. */
export const number = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 64 }).map((step) => min + ((max - min) * step) / 64);

const vector = (length: number, min: number, max: number): fc.Arbitrary<Numbers> =>
  fc.array(number(min, max), { minLength: length, maxLength: length });

/** One tensor [B, length] for each of the row's vectors. */
const columns = (rows: readonly (readonly Numbers[])[]): Tensor2D[] =>
  (rows[0] ?? []).map((_, position) => tensor2d(rows.map((row) => [...(row[position] ?? [])])));

const one = <Made>(create: (parameters: Tensor2D) => Made) => ({
  parameters: (rows: readonly Numbers[]): Tensor[] => columns(rows.map((row) => [row])),
  create: ([parameters]: readonly Tensor[]): Made => create(parameters as Tensor2D),
});

const several = <Made>(create: (...parameters: Tensor2D[]) => Made) => ({
  parameters: (rows: readonly (readonly Numbers[])[]): Tensor[] => columns(rows),
  create: (parameters: readonly Tensor[]): Made => create(...(parameters as Tensor2D[])),
});

/** [B, T] to the one-hot vectors [B, T V]; all zeros after the last token. */
const oneHotSteps = (tokensDrawn: Tensor2D, vocabularySize: number): Tensor2D =>
  reshape(cast(oneHot(cast(tokensDrawn, 'int32'), vocabularySize), 'float32'), [tokensDrawn.shape[0], -1]);

export const categoricalSubject = {
  row: vector(4, -2, 2),
  ...one(createCategorical),
  embed: (sample: Tensor1D): Tensor => oneHot(sample, 4),
};

export const topKSubject = {
  // Distinct logits: a tie at the border would keep one more.
  row: fc.shuffledSubarray([-1, -0.4, 0.3, 0.9], { minLength: 4 }),
  ...one((logits) => createCategorical(keepTopK(logits, 3))),
  embed: (sample: Tensor1D): Tensor => oneHot(sample, 4),
  // Rows keep different categories, so one of two divergences is infinite.
  lacks: ['kl'] as const,
};

export const multiCategoricalSubject = {
  row: vector(5, -2, 2),
  ...one((logits) => createMultiCategorical({ logits, categories: [2, 3] })),
  embed: (sample: Tensor2D): Tensor =>
    concat(
      [2, 3].map((count, position) =>
        oneHot(cast(reshape(slice(sample, [0, position], [-1, 1]), [-1]), 'int32'), count),
      ),
      1,
    ),
};

export const bernoulliSubject = {
  row: vector(3, -2, 2),
  ...one(createBernoulli),
  embed: (sample: Tensor2D): Tensor => cast(sample, 'float32'),
};

export const diagonalGaussianSubject = {
  row: fc.tuple(vector(2, -2, 2), vector(2, -1, 0.5)),
  ...several((mean, logStandardDeviation) =>
    createDiagonalGaussian({
      mean: mean,
      logStandardDeviation: logStandardDeviation,
    }),
  ),
  embed: (sample: Tensor2D): Tensor => sample,
};

export const choleskyGaussianSubject = {
  row: fc.tuple(vector(2, -1, 1), fc.tuple(number(0.5, 1.5), number(-1, 1), number(-1.5, -0.5))),
  parameters: (rows: readonly (readonly [Numbers, readonly [number, number, number]])[]): Tensor[] => [
    tensor2d(rows.map(([mean]) => [...mean])),
    tensor3d(
      rows.map(([, [a, b, c]]) => [
        [a, 7],
        [b, c],
      ]),
    ), // what stands above the diagonal is not read
  ],
  create: ([mean, choleskyFactor]: readonly Tensor[]) =>
    createCholeskyGaussian({ mean: mean as Tensor2D, choleskyFactor: choleskyFactor as Tensor3D }),
  embed: (sample: Tensor2D): Tensor => sample,
};

export const lowRankGaussianSubject = {
  row: fc.tuple(vector(3, -1, 1), vector(3, -1, 0.3), vector(6, -1, 1)),
  ...several((mean, logStandardDeviation, factor) =>
    createLowRankGaussian({
      mean: mean,
      logStandardDeviation: logStandardDeviation,
      lowRankFactor: reshape(factor, [-1, 3, 2]),
    }),
  ),
  embed: (sample: Tensor2D): Tensor => sample,
};

const unevenBox = { low: [-1, 2], high: [1, 7] };

export const squashedGaussianSubject = {
  row: fc.tuple(vector(2, -1, 1), vector(2, -1, 0.2)),
  ...several((mean, logStandardDeviation) =>
    createSquashedGaussian({
      mean: mean,
      logStandardDeviation: logStandardDeviation,
      ...unevenBox,
    }),
  ),
  embed: (sample: Tensor2D): Tensor => sample,
};

export const betaSubject = {
  row: fc.tuple(vector(2, 1.2, 6), vector(2, 1.2, 6)),
  ...several((alpha, beta) => createBeta({ alpha: alpha, beta: beta, ...unevenBox })),
  embed: (sample: Tensor2D): Tensor => sample,
};

export const rotationGaussianSubject = {
  row: fc.tuple(
    fc.constantFrom<Numbers>(
      [1, 0, 0, 0, 1, 0, 0, 2, 0, 0, 1, -1],
      [0.2, 0.5, -1, 1, 0.3, 0.1, 1, 1, 0, 0, 0.5, 2],
      [-1, 0, 0, 0, -1, 0, 0.3, -0.4, 0.5, 1, 1, 1],
    ),
    vector(2, -2, 0.6),
  ),
  ...several((mean, logStandardDeviation) =>
    createRotationGaussian({
      mean: mean,
      logStandardDeviation: logStandardDeviation,
    }),
  ),
  embed: (sample: Tensor2D): Tensor => sample,
  lacks: ['kl'] as const,
};

export const gaussianMixtureSubject = {
  row: fc.tuple(vector(2, -1, 1), vector(4, -2, 2), vector(4, -1, 0.3)),
  ...several((logits, mean, logStandardDeviation) =>
    createGaussianMixture({
      logits: logits,
      mean: reshape(mean, [-1, 2, 2]),
      logStandardDeviation: reshape(logStandardDeviation, [-1, 2, 2]),
    }),
  ),
  embed: (sample: Tensor2D): Tensor => sample,
  lacks: ['entropy', 'kl'] as const,
};

export const transformedSubject = {
  row: fc.tuple(vector(2, -1, 1), vector(2, -1, 0.2)),
  ...several((mean, logStandardDeviation) =>
    createTransformed(
      createDiagonalGaussian({
        mean: mean,
        logStandardDeviation: logStandardDeviation,
      }),
      sigmoidBijector,
    ),
  ),
  embed: (sample: Tensor2D): Tensor => sample,
  lacks: ['entropy', 'mode', 'mean'] as const,
};

export const tokenSequenceSubject = {
  row: vector(9, -1.5, 1.5),
  ...one((logits) => createTokenSequence({ logits: reshape(logits, [-1, 3, 3]), end: 1 })),
  embed: (sample: Tensor2D): Tensor => oneHotSteps(sample, 3),
};

/** Each next token prefers what the last one says, as strongly as the row's number. */
export const autoregressiveSubject = {
  row: vector(3, -1.5, 1.5),
  ...one((preference) =>
    createAutoregressive({
      batchSize: preference.shape[0],
      maxLength: 3,
      end: 1,
      nextLogits: (prefix) => {
        const [batchSize, length] = prefix.shape;
        if (length === 0) return preference;
        const last: Tensor2D = slice(prefix, [0, length - 1], [batchSize, 1]);
        return mul(preference, add(cast(last, 'float32'), 0.5));
      },
    }),
  ),
  embed: (sample: Tensor2D): Tensor => oneHotSteps(sample, 3),
  lacks: ['entropy', 'kl', 'mode', 'mean'] as const,
  estimatesAlong: true,
};

export const independentJointSubject = {
  row: fc.tuple(vector(2, -1, 1), vector(3, -1, 1)),
  ...several((flags, logits) =>
    createIndependentJoint({
      flags: createBernoulli(flags),
      choice: createCategorical(logits),
    }),
  ),
  embed: ({ flags, choice }: { readonly flags: Tensor2D; readonly choice: Tensor1D }): Tensor =>
    concat([cast(flags, 'float32'), cast(oneHot(choice, 3), 'float32')], 1),
};

export const jointSpace = hybrid({
  answer: tokens({ vocabularySize: 3, maxLength: 2, end: 1 }),
  move: categorical({ categories: 2 }),
  by: when('answer', { contains: 2 }, when('move', { equals: 1 }, real({ size: 2 }))),
});

/** The move depends on the answer, and where to on both. */
export const jointSubject = {
  row: fc.tuple(vector(6, -1, 1), vector(2, -1, 1)),
  ...several((logits, mean) =>
    createJoint(jointSpace, {
      answer: () => createTokenSequence({ logits: reshape(logits, [-1, 2, 3]), end: 1 }),
      move: ({ answer }) => {
        const last: Tensor2D = slice(answer, [0, 1], [-1, 1]);
        return createCategorical(mul(mean, add(cast(last, 'float32'), 2)));
      },
      by: ({ move }) =>
        createDiagonalGaussian({
          mean: mul(mean, add(cast(expandDims(move, 1), 'float32'), 1)),
          logStandardDeviation: mul(sigmoid(mean), -1),
        }),
    }),
  ),
  embed: ({ answer, move, by }: ActionTensors<typeof jointSpace>): Tensor =>
    concat([oneHotSteps(answer, 3), cast(oneHot(move, 2), 'float32'), by], 1),
  lacks: ['entropy', 'kl', 'mode', 'mean'] as const,
  estimatesAlong: true,
};
