import { addN, neg, sub, tidy, where, zerosLike, type Tensor1D } from '@pose-rft/tensor';
import { drawOf } from '../draw-of.js';
import type { SpaceOfField } from '../spaces/action.js';
import type { ActionTensors, FieldTensors } from '../spaces/action-tensors.js';
import type { HybridFields, HybridSpace } from '../spaces/space.js';
import {
  DistributionError,
  sampleAndScore,
  type SampledDistribution,
  type SomeDistribution,
} from './distribution.js';
import { presenceMasks } from './presence.js';

/**
 * How each field of a hybrid space is distributed given the fields before it: all B rows, also those in which the field
 * turns out to be absent. Called anew whenever it is needed, inside `tidy`.
 */
export type FieldConditionals<Fields extends HybridFields> = {
  readonly [Name in keyof Fields]: (
    earlier: FieldTensors<Fields>,
  ) => SampledDistribution<ActionTensors<SpaceOfField<Fields[Name]>>>;
};

/** One number a row for each field of a hybrid action; 0 in the rows that lack the field. */
export type PerField<Fields extends HybridFields> = { readonly [Name in keyof Fields]: Tensor1D };

/** Distributions over hybrid actions; samples are {@link ActionTensors}. */
export interface JointDistribution<Fields extends HybridFields> extends SampledDistribution<
  FieldTensors<Fields>
> {
  readonly kind: 'joint';
  readonly space: HybridSpace<Fields>;
  /** The terms of the chain rule, whose sum is {@link SampledDistribution.logProb}. */
  componentLogProbs(sample: FieldTensors<Fields>): PerField<Fields>;
  /** Which rows have each field: bool [B]. */
  presence(sample: FieldTensors<Fields>): PerField<Fields>;
  /**
   * The entropy of each field given the sample's fields before it, in closed form where the field's distribution has
   * one, else -log p. Over the joint's own samples the sum has the joint entropy as its expectation, with less variance
   * than -log p; where no field depends on an earlier one it is the joint entropy.
   */
  componentEntropiesAlong(sample: FieldTensors<Fields>): PerField<Fields>;
  /** [B]: their sum. */
  entropyAlong(sample: FieldTensors<Fields>): Tensor1D;
  /** The same for KL(this || other): by the chain rule of divergences, an unbiased estimate over samples of this one. */
  componentKlsAlong(other: JointDistribution<Fields>, sample: FieldTensors<Fields>): PerField<Fields>;
  /** [B]: their sum. */
  klAlong(other: JointDistribution<Fields>, sample: FieldTensors<Fields>): Tensor1D;
  /** The mode of each field given the modes before it, which need not be the likeliest action. */
  greedy(): FieldTensors<Fields>;
  /** The distribution of one field given the sample's fields before it. */
  conditional(name: string, sample: FieldTensors<Fields>): SomeDistribution;
}

/**
 * A batch of distributions over the actions of a hybrid space, by the chain rule: p(a, b) = p(a) p(b | a). A field whose
 * condition fails is absent: it adds nothing to any sum, no gradient reaches its distribution there, and
 * {@link unstackActions} drops it. Each field draws from a stream of its own, so adding a field changes no other draw.
 *
 * A field that is itself hybrid takes a joint of its own as its distribution. For parts that do not depend on each
 * other, {@link createIndependentJoint} has all of it in closed form.
 *
 * @param space - the fields, their order and their conditions
 * @param conditionals - a distribution for each
 * @throws DistributionError when a conditional reads a field that comes after its own, or batch sizes differ
 * @example
 * ```ts
 * import {
 *   categorical, createCategorical, createDiagonalGaussian, createJoint, hybrid, real, unstackActions, when,
 * } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 * import { cast, expandDims, tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const space = hybrid({
 *   move: categorical({ categories: 3 }),
 *   by: when('move', { equals: 2 }, real({ size: 1 })),
 * });
 * tidy(() => {
 *   const policy = createJoint(space, {
 *     move: () => createCategorical(zeros([4, 3])),
 *     by: ({ move }) =>
 *       createDiagonalGaussian({ mean: cast(expandDims(move, 1), 'float32'), logStandardDeviation: zeros([4, 1]) }),
 *   });
 *   const { sample, logProb } = policy.sampleAndLogProb(createRandom(1));
 *   const { move, by } = policy.componentLogProbs(sample); // logProb = move + by; by is 0 where move is not 2
 *   console.assert(logProb.shape.join() === '4' && move.shape.join() === '4' && by.shape.join() === '4');
 *   console.assert(unstackActions(space, sample).every((action) => (action.by !== undefined) === (action.move === 2)));
 * });
 * ```
 */
export function createJoint<Fields extends HybridFields>(
  space: HybridSpace<Fields>,
  conditionals: FieldConditionals<Fields>,
): JointDistribution<Fields> {
  type Sample = FieldTensors<Fields>;
  const names = Object.keys(space.fields);
  let batchSize = 0;
  tidy(() => {
    ({ batchSize } = conditionalOf(names[0] ?? '', {}));
  });

  /** The distribution of a field; reading one that is drawn later is an error, not undefined. */
  function conditionalOf(name: string, sample: NamedValues): SomeDistribution {
    const known = names.slice(0, names.indexOf(name));
    const earlier = {};
    for (const other of names)
      Object.defineProperty(earlier, other, {
        enumerable: known.includes(other),
        get: () => {
          if (known.includes(other)) return sample[other];
          throw new DistributionError(
            `the distribution of ${name} reads ${other}, which does not come before it (fields: ${names.join(', ')})`,
          );
        },
      });
    const conditional = conditionals[name];
    if (conditional === undefined)
      throw new DistributionError(`there is no distribution of ${name} (fields: ${names.join(', ')})`);
    return conditional(earlier as Sample);
  }

  function checkedConditionalOf(name: string, sample: NamedValues): SomeDistribution {
    const distribution = conditionalOf(name, sample);
    if (distribution.batchSize !== batchSize)
      throw new DistributionError(
        `the distribution of ${name} has ${distribution.batchSize} rows, that of ${names[0]} ${batchSize}`,
      );
    return distribution;
  }

  /** Draws or chooses each field in turn, given those before. */
  function unroll(choose: (distribution: SomeDistribution, name: string) => unknown): Sample {
    const sample: Record<string, unknown> = {};
    tidy(() => {
      for (const name of names) sample[name] = choose(checkedConditionalOf(name, sample), name);
      return Object.values(sample) as Tensor1D[];
    });
    return sample as Sample;
  }

  /** One term a field, 0 where the field is absent. */
  function perField(
    sample: Sample,
    term: (distribution: SomeDistribution, value: unknown, name: string) => Tensor1D,
  ): PerField<Fields> {
    const values = sample as NamedValues;
    return tidy(() => {
      const masks = presenceMasks(space.fields, values, batchSize);
      return Object.fromEntries(
        names.map((name) => {
          const value = term(checkedConditionalOf(name, values), values[name], name);
          return [name, where(masks[name] as Tensor1D, value, zerosLike(value))];
        }),
      );
    }) as PerField<Fields>;
  }

  const total = (terms: () => PerField<Fields>): Tensor1D =>
    tidy(() => addN(Object.values<Tensor1D>(terms())));

  const componentLogProbs = (sample: Sample): PerField<Fields> =>
    perField(sample, (distribution, value) => distribution.logProb(value));
  const componentEntropiesAlong = (sample: Sample): PerField<Fields> => perField(sample, entropyAlong);
  const componentKlsAlong = (other: JointDistribution<Fields>, sample: Sample): PerField<Fields> =>
    perField(sample, (distribution, value, name) =>
      klAlong(distribution, other.conditional(name, sample), value),
    );

  const logProb = (sample: Sample): Tensor1D => total(() => componentLogProbs(sample));
  function sample(random: Parameters<SampledDistribution['sample']>[0]): Sample {
    const draw = drawOf(random);
    return unroll((distribution, name) => distribution.sample(draw.split(name)));
  }

  return {
    kind: 'joint',
    space,
    batchSize,
    sample,
    logProb,
    componentLogProbs,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    presence: (values) =>
      tidy(() => ({ ...presenceMasks(space.fields, values as NamedValues, batchSize) })) as PerField<Fields>,
    componentEntropiesAlong,
    entropyAlong: (values) => total(() => componentEntropiesAlong(values)),
    componentKlsAlong,
    klAlong: (other, values) => total(() => componentKlsAlong(other, values)),
    greedy: () => unroll(likeliest),
    conditional: (name, values) => checkedConditionalOf(name, values),
  };
}

type NamedValues = Readonly<Record<string, unknown>>;

function entropyAlong(distribution: SomeDistribution, value: unknown): Tensor1D {
  return distribution.entropy?.() ?? distribution.entropyAlong?.(value) ?? neg(distribution.logProb(value));
}

function klAlong(distribution: SomeDistribution, other: SomeDistribution, value: unknown): Tensor1D {
  return (
    distribution.kl?.(other) ??
    distribution.klAlong?.(other, value) ??
    sub(distribution.logProb(value), other.logProb(value))
  );
}

function likeliest(distribution: SomeDistribution): unknown {
  const value = distribution.mode?.() ?? distribution.greedy?.();
  if (value === undefined)
    throw new DistributionError(`greedy: a distribution of kind '${distribution.kind}' has no mode`);
  return value;
}
