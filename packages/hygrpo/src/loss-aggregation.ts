import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import { match } from 'ts-pattern';
import { candidateWeights, tokenWeights } from './component-weights.js';
import { ObjectiveOptionError } from './objective-option-error.js';
import type { RolloutAxes } from './rollout-axes.js';

/**
 * How the terms of a component become one number. For a nested component read "sample" for sequence and "group of
 * dimensions" for token; its sequence mean is 1/P over prompts, 1/|V| over the candidates of a prompt that have it, and
 * the mean over their samples. N is the number of candidates, T that of all tokens.
 *
 * | kind | weight of a token of a sequence of n tokens | used by |
 * | --- | --- | --- |
 * | 'token-mean' | 1 / T | DAPO, BNPO, CISPO |
 * | 'token-sum' | 1 | |
 * | 'sequence-mean-token-mean' | 1 / (N n) | GRPO, GSPO; HyGRPO's sequences |
 * | 'sequence-mean-token-sum' | 1 / N | HyGRPO's nested components |
 * | 'sequence-mean-token-sum-over' | 1 / (N `length`) | Dr. GRPO |
 *
 * A term that stands for a whole sequence has the weight of all its tokens if its ratio is a mean, and of the sequence
 * itself (1 / N; under the two token kinds, of all its tokens) if its ratio is the sequence's own, 'sum'.
 */
export type LossAggregation =
  | {
      readonly kind: 'token-mean';
      /**
       * Where the loss is computed on parts of a batch, whose gradients are added up: the mean over the tokens of the
       * batch (DAPO), or of each part on its own, parts weighed by their prompts (BNPO). Default 'batch'.
       */
      readonly over?: 'batch' | 'part';
    }
  | { readonly kind: 'token-sum' }
  | { readonly kind: 'sequence-mean-token-mean' }
  | { readonly kind: 'sequence-mean-token-sum' }
  | {
      readonly kind: 'sequence-mean-token-sum-over';
      /** The same for every batch, such as the longest sequence allowed; > 0. */
      readonly length: number;
    };

/** A batch of which the rollout at hand is a part. */
export interface WholeBatch {
  /** P of the batch. */
  readonly promptCount: number;
  /** The tokens of the component in the batch, or M * V times its groups of dimensions. */
  readonly tokenCount: number;
}

/** The weights of one component's terms, all >= 0. */
export interface AggregationWeights {
  /** Of each token: [T]; or of each group of dimensions of a nested sample, the same for all groups: [M*V]. */
  readonly perToken: Float32Array;
  /** Of a term that is a whole candidate, [P*G], or a whole sample, [M*V]. Candidates without a token weigh nothing. */
  readonly perSequence: Float32Array;
}

/**
 * The weights that a {@link LossAggregation} gives to the terms of a component: the loss is the sum of the terms times
 * these. Over the parts of a batch, with `whole` given for each, the losses add up to that of the batch.
 *
 * @param groups - how many groups of dimensions a nested sample has; not read for a sequence
 * @param whole - default: the rollout is the batch
 * @throws ObjectiveOptionError if the length is not positive
 * @example
 * ```ts
 * import { aggregationWeights } from '@pose-rft/hygrpo';
 *
 * const answer = { kind: 'sequence', values: null, offsets: Int32Array.of(0, 1, 4) } as const;
 * const axes = { promptCount: 1, candidatesPerPrompt: 2, samplesPerCandidate: 1 };
 * const { perToken } = aggregationWeights(answer, axes, { kind: 'token-mean' });
 * console.assert(perToken.join() === '0.25,0.25,0.25,0.25');
 * ```
 */
export function aggregationWeights(
  layout: ComponentLogProbs<unknown>,
  axes: RolloutAxes,
  aggregation: LossAggregation,
  groups = 1,
  whole?: WholeBatch,
): AggregationWeights {
  requireAggregation(aggregation);
  return layout.kind === 'sequence'
    ? sequenceWeights(layout.offsets, axes, aggregation, whole)
    : nestedWeights(layout.candidates, groups, axes, aggregation, whole);
}

/** @throws ObjectiveOptionError if the length is not positive */
export function requireAggregation(aggregation: LossAggregation): void {
  if (aggregation.kind !== 'sequence-mean-token-sum-over') return;
  const { length } = aggregation;
  if (!(Number.isFinite(length) && length > 0))
    throw new ObjectiveOptionError('aggregation.length', length, 'a finite number > 0');
}

function sequenceWeights(
  offsets: Int32Array,
  { promptCount }: RolloutAxes,
  aggregation: LossAggregation,
  whole: WholeBatch | undefined,
): AggregationWeights {
  const share = promptCount / (whole?.promptCount ?? promptCount);
  const candidateCount = offsets.length - 1;
  const tokenCount = offsets.at(-1) ?? 0;
  const filled = (weight: number): Float32Array => new Float32Array(tokenCount).fill(weight);
  const perCandidate = (weight: (length: number) => number): Float32Array =>
    Float32Array.from({ length: candidateCount }, (_, candidate) => {
      const length = (offsets[candidate + 1] as number) - (offsets[candidate] as number);
      return length === 0 ? 0 : weight(length);
    });
  const alike = (perToken: number): AggregationWeights => ({
    perToken: filled(perToken),
    perSequence: perCandidate((length) => length * perToken),
  });
  return match(aggregation)
    .with({ kind: 'token-mean' }, ({ over = 'batch' }) =>
      alike(over === 'batch' ? 1 / (whole?.tokenCount ?? tokenCount) : share / tokenCount),
    )
    .with({ kind: 'token-sum' }, () => alike(1))
    .with({ kind: 'sequence-mean-token-mean' }, () => ({
      perToken: tokenWeights(offsets).map((weight) => weight * share),
      perSequence: perCandidate(() => share / candidateCount),
    }))
    .with({ kind: 'sequence-mean-token-sum' }, () => ({
      perToken: filled(share / candidateCount),
      perSequence: perCandidate(() => share / candidateCount),
    }))
    .with({ kind: 'sequence-mean-token-sum-over' }, ({ length }) => ({
      perToken: filled(share / (candidateCount * length)),
      perSequence: perCandidate(() => share / (candidateCount * length)),
    }))
    .exhaustive();
}

function nestedWeights(
  candidates: Int32Array,
  groups: number,
  { promptCount, candidatesPerPrompt, samplesPerCandidate }: RolloutAxes,
  aggregation: LossAggregation,
  whole: WholeBatch | undefined,
): AggregationWeights {
  const share = promptCount / (whole?.promptCount ?? promptCount);
  const rowCount = candidates.length * samplesPerCandidate;
  const alike = (perToken: number): AggregationWeights => ({
    perToken: new Float32Array(rowCount).fill(perToken),
    perSequence: new Float32Array(rowCount).fill(perToken * groups),
  });
  const overSamples = (tokenShare: number, sequenceShare: number): AggregationWeights => {
    const weights = candidateWeights(candidates, promptCount, candidatesPerPrompt);
    const rows = (part: number): Float32Array =>
      Float32Array.from(
        { length: rowCount },
        (_, row) =>
          ((weights[Math.floor(row / samplesPerCandidate)] as number) * share * part) / samplesPerCandidate,
      );
    return { perToken: rows(tokenShare), perSequence: rows(sequenceShare) };
  };
  return match(aggregation)
    .with({ kind: 'token-mean' }, ({ over = 'batch' }) => {
      const tokenCount = rowCount * groups;
      return alike(over === 'batch' ? 1 / (whole?.tokenCount ?? tokenCount) : share / tokenCount);
    })
    .with({ kind: 'token-sum' }, () => alike(1))
    .with({ kind: 'sequence-mean-token-mean' }, () => overSamples(1 / groups, 1))
    .with({ kind: 'sequence-mean-token-sum' }, () => overSamples(1, 1))
    .with({ kind: 'sequence-mean-token-sum-over' }, ({ length }) => overSamples(1 / length, 1 / length))
    .exhaustive();
}
