import type { Random } from '@pose-rft/random';
import { addN, concat, tidy, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';
import { drawOf } from '../draw-of.js';
import {
  DistributionError,
  sampleAndScore,
  type Distribution,
  type SampledDistribution,
} from './distribution.js';

/** Parts by name (as of `hybrid`) or by position (as of `tuple`). */
export type IndependentParts =
  Readonly<Record<string, Distribution<unknown>>> | readonly Distribution<unknown>[];

/** What each part samples, by the same names or positions. */
export type PartSamples<Parts> = {
  readonly [Name in keyof Parts]: Parts[Name] extends SampledDistribution<infer Sample> ? Sample : never;
};

/** One number a row for each part. */
export type PerPart<Parts> = { readonly [Name in keyof Parts]: Tensor1D };

/** Several distributions side by side. */
export interface IndependentJointDistribution<Parts> extends Distribution<PartSamples<Parts>> {
  readonly kind: 'independentJoint';
  readonly parts: Parts;
  /** The terms of {@link Distribution.logProb}. */
  componentLogProbs(sample: PartSamples<Parts>): PerPart<Parts>;
  /** The terms of {@link Distribution.entropy}. */
  componentEntropies(): PerPart<Parts>;
  /** The terms of {@link Distribution.kl}: divergences of independent parts add up. */
  componentKls(other: IndependentJointDistribution<Parts>): PerPart<Parts>;
}

/**
 * A batch of distributions over records or tuples whose parts do not depend on each other: everything is the sum, or
 * the collection, of what its parts say. `mean()` is the parts' means side by side. Each part draws from a stream of
 * its own, so adding a part changes no other draw. For parts that do depend on each other, see {@link createJoint}.
 *
 * @param parts - by name or by position, with equal batch sizes
 * @throws DistributionError when there is no part, or batch sizes differ
 * @example
 * ```ts
 * import { createBernoulli, createCategorical, createIndependentJoint } from '@pose-rft/hybrid-actions';
 * import { tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const joint = createIndependentJoint({
 *     gear: createCategorical(zeros([1, 4])),
 *     lights: createBernoulli(zeros([1, 2])),
 *   });
 *   console.assert(Math.abs((joint.entropy().dataSync()[0] ?? 0) - Math.log(16)) < 1e-6);
 *   console.assert(Math.abs((joint.componentEntropies().gear.dataSync()[0] ?? 0) - Math.log(4)) < 1e-6);
 * });
 * ```
 */
export function createIndependentJoint<const Parts extends IndependentParts>(
  parts: Parts,
): IndependentJointDistribution<Parts> {
  type Samples = PartSamples<Parts>;
  const entries: readonly (readonly [string, Distribution<unknown>])[] = Object.entries(parts);
  const batchSize = entries[0]?.[1].batchSize;
  if (batchSize === undefined) throw new DistributionError('createIndependentJoint: there is no part');
  for (const [name, part] of entries)
    if (part.batchSize !== batchSize)
      throw new DistributionError(
        `part ${name} has ${part.batchSize} rows, part ${entries[0]?.[0]} ${batchSize}`,
      );

  /** What each part says, in the form of the parts. */
  function each<Result>(say: (part: Distribution<unknown>, name: string) => Result): unknown {
    return tidy(() => {
      const said = entries.map(([name, part]) => [name, say(part, name)] as const);
      const form = Array.isArray(parts) ? said.map(([, result]) => result) : Object.fromEntries(said);
      return form as Tensor1D[];
    });
  }
  const total = (terms: () => PerPart<Parts>): Tensor1D => tidy(() => addN(Object.values<Tensor1D>(terms())));
  const valueOf = (sample: Samples, name: string): unknown => (sample as NamedValues)[name];

  const componentLogProbs = (sample: Samples): PerPart<Parts> =>
    each((part, name) => part.logProb(valueOf(sample, name))) as PerPart<Parts>;
  const componentEntropies = (): PerPart<Parts> => each((part) => part.entropy()) as PerPart<Parts>;
  const componentKls = (other: IndependentJointDistribution<Parts>): PerPart<Parts> =>
    each((part, name) =>
      part.kl(
        (other.parts as Readonly<Record<string, Distribution<unknown>>>)[name] as Distribution<unknown>,
      ),
    ) as PerPart<Parts>;

  function sample(random: Random): Samples {
    const draw = drawOf(random);
    return each((part, name) => part.sample(draw.split(name))) as Samples;
  }
  const logProb = (values: Samples): Tensor1D => total(() => componentLogProbs(values));

  return {
    kind: 'independentJoint',
    parts,
    batchSize,
    sample,
    logProb,
    componentLogProbs,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () => total(componentEntropies),
    componentEntropies,
    kl: (other) => total(() => componentKls(other)),
    componentKls,
    mode: () => each((part) => part.mode()) as Samples,
    mean: () =>
      tidy(() =>
        concat<Tensor2D>(
          entries.map(([, part]) => part.mean()),
          1,
        ),
      ),
  };
}

type NamedValues = Readonly<Record<string, unknown>>;
