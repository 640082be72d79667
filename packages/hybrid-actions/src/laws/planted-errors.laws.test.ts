import { createRandom, type Random } from '@pose-rft/random';
import {
  add,
  exp,
  fill,
  greater,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  slice,
  stopGradient,
  sub,
  sum,
  tile,
  useBackend,
  where,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  chainBijectors,
  createAffineBijector,
  createCategorical,
  createDiagonalGaussian,
  createIndependentJoint,
  createSquashedGaussian,
  tanhBijector,
  type Bijector,
  type CategoricalDistribution,
  type Distribution,
  type SomeDistribution,
} from '../index.js';
import {
  bijectorLaws,
  distributionLaws,
  jointLaws,
  logitLaws,
  type DistributionSubject,
  type IndependentJoint,
  type JointLawOptions,
} from '../laws.js';
import { brokenLaws } from '../testing/broken-laws.js';
import {
  categoricalSubject,
  diagonalGaussianSubject,
  jointSubject,
  squashedGaussianSubject,
  transformedSubject,
} from '../testing/distribution-subjects.js';

beforeAll(async () => {
  await useBackend('wasm');
});
trackTensorLeaks({ beforeAll, afterAll });

type Part = Distribution<Tensor>;

/** Draws with another sampler, and says so consistently. */
function drawnBy<Sample, Made extends SomeDistribution<Sample>>(
  sound: Made,
  sample: (random: Random) => Sample,
): Made {
  return {
    ...sound,
    sample,
    sampleAndLogProb: (random: Random) => {
      const drawn = sample(random);
      return { sample: drawn, logProb: sound.logProb(drawn) };
    },
  };
}

/** Scores by another density, and says so consistently. */
function scoredBy<Sample, Made extends SomeDistribution<Sample>>(
  sound: Made,
  logProb: (sample: Sample) => Tensor1D,
): Made {
  return {
    ...sound,
    logProb,
    sampleAndLogProb: (random: Random) => {
      const drawn = sound.sample(random);
      return { sample: drawn, logProb: logProb(drawn) };
    },
  };
}

describe('distributionLaws catch', () => {
  function broken<Row, Sample, Made extends SomeDistribution<Sample>>(
    subject: DistributionSubject<Row, Sample, Made>,
    spoil: (sound: Made, parameters: readonly Tensor[]) => Made,
  ): string[] {
    const create = (parameters: readonly Tensor[]): Made => spoil(subject.create(parameters), parameters);
    return brokenLaws(distributionLaws({ ...subject, create }, { runs: 2, draws: 1000 }));
  }
  const SCORE = 'the score has mean zero: log p is normalised, and differentiable';
  const KL = 'KL(p || q) >= 0 is the expectation of log p - log q';

  test('a wrong normaliser', () => {
    const laws = broken(diagonalGaussianSubject, (sound) =>
      scoredBy(sound, (sample: Tensor2D) =>
        add(sound.logProb(sample), sum<Tensor1D>(sound.parameters.logStandardDeviation, 1)),
      ),
    );
    expect(laws).toContain(SCORE);
  });

  test('a density without its constant', () => {
    const laws = broken(diagonalGaussianSubject, (sound) =>
      scoredBy(sound, (sample: Tensor2D) => add(sound.logProb(sample), 1)),
    );
    expect(laws).toEqual(['entropy is the expectation of -log p']);
  });

  test('a squashed density without the Jacobian of tanh', () => {
    const laws = broken(squashedGaussianSubject, (sound) =>
      scoredBy(sound, (sample: Tensor2D) =>
        add(
          sound.logProb(sample),
          sum<Tensor1D>(mul(slice(sample, [0, 0], [-1, 1]), slice(sample, [0, 0], [-1, 1])), 1),
        ),
      ),
    );
    expect(laws).toContain('entropy is the expectation of -log p');
  });

  test('tanh of the mean taken for the mode', () => {
    const laws = broken(squashedGaussianSubject, (sound) => {
      const { low, high } = sound.parameters;
      const { mean: centre, logStandardDeviation } = sound.parameters;
      const narrow = createSquashedGaussian({
        mean: centre,
        logStandardDeviation: sub(logStandardDeviation, 20),
        low,
        high,
      });
      return { ...sound, mode: narrow.mode };
    });
    expect(laws).toEqual(['no sample is likelier than the mode']);
  });

  test('an entropy of the wrong formula', () => {
    const laws = broken(diagonalGaussianSubject, (sound) => ({
      ...sound,
      entropy: () => sub(sound.entropy(), 1),
    }));
    expect(laws).toEqual(['entropy is the expectation of -log p']);
  });

  test('a divergence the wrong way round', () => {
    const laws = broken(categoricalSubject, (sound) => ({
      ...sound,
      kl: (other: CategoricalDistribution) => createCategorical(other.logits).kl(sound),
    }));
    expect(laws).toEqual([KL]);
  });

  test('a divergence that forgets the entropy', () => {
    const laws = broken(categoricalSubject, (sound) => ({
      ...sound,
      kl: (other: CategoricalDistribution) =>
        neg(sum<Tensor1D>(mul(sound.mean(), logSoftmax(other.logits)), 1)),
    }));
    expect(laws).toEqual(expect.arrayContaining(['KL(p || p) = 0', KL]));
  });

  test('a sampler that draws every row from row 0', () => {
    const laws = broken(categoricalSubject, (sound) => {
      const { logits } = sound;
      const first = createCategorical(tile(slice(logits, [0, 0], [1, -1]), [logits.shape[0], 1]));
      return drawnBy(sound, first.sample);
    });
    expect(laws).toEqual(expect.arrayContaining(['samples average to the mean', SCORE]));
  });

  test('a biased sampler', () => {
    const laws = broken(categoricalSubject, (sound) =>
      drawnBy(sound, createCategorical(mul(sound.logits, 0.5)).sample),
    );
    expect(laws).toEqual(expect.arrayContaining(['samples average to the mean', SCORE]));
  });

  test('a standard deviation taken for a variance', () => {
    const laws = broken(diagonalGaussianSubject, (sound) => {
      const { mean: centre, logStandardDeviation } = sound.parameters;
      const wrong = { mean: centre, logStandardDeviation: mul<Tensor2D>(logStandardDeviation, 0.5) };
      return drawnBy(sound, createDiagonalGaussian(wrong).sample);
    });
    expect(laws).toContain(SCORE);
  });

  test('rows normalised together', () => {
    const laws = broken(categoricalSubject, (sound) =>
      createCategorical(sub(sound.logits, mean(sound.logits, 0, true))),
    );
    expect(laws).toContain('rows do not influence each other');
  });

  test('a log-probability without its gradient', () => {
    const laws = broken(categoricalSubject, (sound) =>
      scoredBy(sound, (sample: Tensor1D) =>
        add(stopGradient(sound.logProb(sample)), mul(sum<Tensor1D>(sound.logits, 1), 0)),
      ),
    );
    expect(laws).toEqual(['the gradient of log p is its slope']);
  });

  test('a global generator', () => {
    const global = createRandom(9);
    const laws = broken(diagonalGaussianSubject, (sound) => drawnBy(sound, () => sound.sample(global)));
    expect(laws).toContain('equal seeds draw equal samples');
  });

  test('a stream that is split and never moves on', () => {
    const laws = broken(diagonalGaussianSubject, (sound) =>
      drawnBy(sound, (random) => sound.sample(random.split('draw'))),
    );
    expect(laws).toEqual(['one stream draws one sample after the other']);
  });

  test('a score of another draw', () => {
    const laws = broken(diagonalGaussianSubject, (sound) => ({
      ...sound,
      sampleAndLogProb: (random: Random) => ({
        sample: sound.sample(random),
        logProb: sound.logProb(sound.sample(random)),
      }),
    }));
    expect(laws).toContain(
      'sampleAndLogProb draws what sample draws, and its log-probability is that of logProb',
    );
  });

  test('estimates that count a field where it is absent', () => {
    const laws = broken(jointSubject, (sound) => ({
      ...sound,
      entropyAlong: (sample) =>
        add(
          sound.entropyAlong(sample),
          where<Tensor1D>(sound.presence(sample).by, fill([sound.batchSize], 0), fill([sound.batchSize], 1)),
        ),
      klAlong: (other, sample) => neg(sound.klAlong(other, sample)),
    }));
    expect(laws).toEqual([
      'entropyAlong has the expectation of -log p',
      'klAlong has the expectation of log p - log q',
    ]);
  });

  test('a formula that is missing without being said to be', () => {
    const laws = broken({ ...transformedSubject, lacks: [] }, (sound) => sound);
    expect(laws).toEqual([
      'rows do not influence each other',
      'samples average to the mean',
      'entropy is the expectation of -log p',
      'no sample is likelier than the mode',
    ]);
  });
});

describe('logitLaws catch', () => {
  const finite = (logits: Tensor2D, floor: number): Tensor2D =>
    where(greater(stopGradient(logits), -Infinity), logits, fill(logits.shape, floor));
  const brokenFor = (create: (logits: Tensor2D) => CategoricalDistribution): string[] =>
    brokenLaws(logitLaws(create));

  test('nothing in sound ones', () => expect(brokenFor(createCategorical)).toEqual([]));

  test('a mask that leaks into the draws', () => {
    const laws = brokenFor((logits) =>
      drawnBy(createCategorical(logits), createCategorical(finite(logits, -1)).sample),
    );
    expect(laws).toEqual(['a masked category is never drawn']);
  });

  test('a mask of a large negative number', () => {
    const laws = brokenFor((logits) => createCategorical(finite(logits, -30)));
    expect(laws).toEqual(['a masked category has probability 0']);
  });

  test('an entropy of p log p, which is NaN under a mask', () => {
    const laws = brokenFor((logits) => ({
      ...createCategorical(logits),
      entropy: () => neg(sum<Tensor1D>(mul(exp(logSoftmax(logits)), logSoftmax(logits)), 1)),
    }));
    expect(laws).toEqual(['masks leave no NaN, in values or gradients']);
  });

  test('logits that are not normalised', () => {
    const laws = brokenFor((logits) => ({
      ...createCategorical(logits),
      logProb: (value: Tensor1D) =>
        sum<Tensor1D>(where(greater(oneHot(value, logits.shape[1]), 0), logits, fill(logits.shape, 0)), 1),
    }));
    expect(laws).toEqual(['a constant added to all logits changes nothing']);
  });
});

describe('jointLaws catch', () => {
  type Parts = Parameters<NonNullable<JointLawOptions<never, never>['join']>>[0];
  const sound = (parts: Parts): IndependentJoint & { readonly parts: Parts } => createIndependentJoint(parts);
  const brokenFor = (join: (parts: Parts) => IndependentJoint): string[] =>
    brokenLaws(jointLaws({ first: categoricalSubject, second: diagonalGaussianSubject, join, runs: 10 }));

  test('nothing in sound ones', () => expect(brokenFor(sound)).toEqual([]));

  test('a part that is left out', () => {
    const laws = brokenFor((parts) => ({
      ...sound(parts),
      logProb: (sample) => (parts['first'] as Part).logProb(sample['first'] as Tensor),
      entropy: () => (parts['first'] as Part).entropy(),
    }));
    expect(laws).toEqual([
      'the log-probability of a joint is the sum of its parts',
      'the entropy of a joint is the sum of its parts',
    ]);
  });

  test('a divergence that is not additive', () => {
    const laws = brokenFor((parts) => ({
      ...sound(parts),
      kl: (other) => mul(sound(parts).kl(other), 0.5),
    }));
    expect(laws).toEqual(['the divergence of a joint is the sum of its parts']);
  });

  test('parts that share one stream', () => {
    const laws = brokenFor((parts) => ({
      ...sound(parts),
      sample: (random) =>
        Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.sample(random)])),
    }));
    expect(laws).toEqual([
      'the order of the parts changes nothing',
      'a draw does not depend on how many siblings it has',
    ]);
  });
});

describe('bijectorLaws catch', () => {
  const soft = chainBijectors([createAffineBijector({ shift: 0.5, scale: 0.5 }), tanhBijector]);
  const brokenBy = (spoiled: Partial<Bijector>): string[] =>
    brokenLaws(bijectorLaws({ ...soft, ...spoiled }));

  test('nothing in sound ones', () => expect(brokenBy({})).toEqual([]));

  test('a chain in the wrong order', () => {
    const backwards = chainBijectors([tanhBijector, createAffineBijector({ shift: 0.5, scale: 0.5 })]);
    expect(brokenBy({ inverse: backwards.inverse })).toContain('inverse(forward(x)) = x');
    expect(brokenBy({ inverse: backwards.inverse })).toContain('forward(inverse(y)) = y');
  });

  test('a determinant that forgets the scale', () => {
    expect(brokenBy({ forwardLogDet: (x) => tanhBijector.forwardLogDet(add(mul(x, 0.5), 0.5)) })).toEqual([
      'inverseLogDet(forward(x)) = -forwardLogDet(x)',
      'forwardLogDet is log |det| of the derivative of forward',
    ]);
  });

  test('a determinant with the wrong sign', () => {
    expect(brokenBy({ inverseLogDet: (y) => neg(soft.inverseLogDet(y)) })).toEqual([
      'inverseLogDet(forward(x)) = -forwardLogDet(x)',
    ]);
  });

  test('a determinant wrong both ways', () => {
    const logDet = (x: Tensor2D): Tensor1D => mul(soft.forwardLogDet(x), 2);
    expect(brokenBy({ forwardLogDet: logDet, inverseLogDet: (y) => neg(logDet(soft.inverse(y))) })).toEqual([
      'forwardLogDet is log |det| of the derivative of forward',
    ]);
  });

  test('rows that are centred together', () => {
    const centred = (x: Tensor2D): Tensor2D => sub(x, mean(x, 0, true));
    expect(brokenBy({ forward: (x) => soft.forward(centred(x)) })).toContain(
      'rows do not influence each other',
    );
  });
});
