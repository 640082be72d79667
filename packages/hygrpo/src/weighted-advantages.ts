import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import type { AggregationWeights } from './loss-aggregation.js';
import type { ExplicitLoss } from './policy-loss.js';
import type { ComponentAdvantages } from './reward-aggregation.js';
import type { RolloutAxes } from './rollout-axes.js';
import { RolloutShapeError } from './rollout-shape.js';

/** What the factors of a component's terms are made of. */
export interface WeightedAdvantagesInput {
  readonly name: string;
  readonly axes: RolloutAxes;
  readonly old: ComponentLogProbs<Float32Array>;
  readonly advantages: Pick<ComponentAdvantages, 'values' | 'perGroup'>;
  readonly loss: ExplicitLoss;
  readonly weights: AggregationWeights;
  /** Groups of dimensions that ratios have; 1 for a sequence. */
  readonly groups: number;
  /** [T] or [M, V, groups]. */
  readonly correction?: Float32Array;
}

/**
 * Advantage times weight (times correction) for each ratio of a component. The weights are never negative, so min, max
 * and clip commute with them, and the surrogate becomes a plain sum.
 *
 * @returns as many as ratios; or one for all groups of dimensions of a nested sample where they do not differ
 * @throws RolloutShapeError if the number of advantages is wrong, or the ratio has no place for credit
 */
export function weightedAdvantages(input: WeightedAdvantagesInput): Float32Array {
  return input.old.kind === 'sequence'
    ? weightedSequenceAdvantages(input, input.old.offsets)
    : weightedNestedAdvantages(input, input.old.candidates);
}

function weightedSequenceAdvantages(
  { name, advantages: { values }, loss: { ratio }, weights, correction }: WeightedAdvantagesInput,
  offsets: Int32Array,
): Float32Array {
  const candidateCount = offsets.length - 1;
  if (values.length !== candidateCount)
    throw new RolloutShapeError(
      `component '${name}' has ${values.length} advantages; expected ${candidateCount}, one a candidate`,
    );
  const perToken = weights.perToken.slice();
  if (correction)
    for (let token = 0; token < perToken.length; token++)
      perToken[token] = (perToken[token] as number) * (correction[token] as number);
  const perCandidate = new Float32Array(candidateCount);
  for (let candidate = 0; candidate < candidateCount; candidate++) {
    const advantage = values[candidate] as number;
    const start = offsets[candidate] as number;
    const end = offsets[candidate + 1] as number;
    let whole = 0;
    for (let token = start; token < end; token++) {
      whole += perToken[token] as number;
      perToken[token] = (perToken[token] as number) * advantage;
    }
    if (ratio === 'sum') whole = (weights.perSequence[candidate] as number) * meanOf(correction, start, end);
    perCandidate[candidate] = whole * advantage;
  }
  return ratio === 'token' || ratio === 'mean-token' ? perToken : perCandidate;
}

function weightedNestedAdvantages(
  { name, axes, advantages, loss: { ratio }, weights, groups, correction }: WeightedAdvantagesInput,
  candidates: Int32Array,
): Float32Array {
  const { values, perGroup } = advantages;
  const rowCount = weights.perToken.length;
  const width = perGroup ? groups : 1;
  if (values.length !== rowCount * width)
    throw new RolloutShapeError(
      `component '${name}' has ${values.length} advantages; expected ${candidates.length} candidates * ` +
        `${axes.samplesPerCandidate} samples${perGroup ? ` * ${groups} groups of dimensions` : ''}`,
    );
  const isFine = ratio === 'group' || ratio === 'mean-group';
  if (perGroup && !isFine)
    throw new RolloutShapeError(
      `component '${name}' has advantages per group of dimensions, which only the ratios 'group' and 'mean-group' ` +
        `can use, not '${ratio}'`,
    );
  if (!isFine)
    return values.map((advantage, row) => {
      const whole =
        ratio === 'sum' ? (weights.perSequence[row] as number) : (weights.perToken[row] as number) * groups;
      return advantage * whole * meanOf(correction, row * groups, (row + 1) * groups);
    });
  if (!correction)
    return values.map(
      (advantage, index) => advantage * (weights.perToken[Math.floor(index / width)] as number),
    );
  return correction.map((factor, index) => {
    const row = Math.floor(index / groups);
    return factor * (values[perGroup ? index : row] as number) * (weights.perToken[row] as number);
  });
}

/** 1 without any. */
function meanOf(factors: Float32Array | undefined, start: number, end: number): number {
  if (factors === undefined || start === end) return 1;
  let total = 0;
  for (let index = start; index < end; index++) total += factors[index] as number;
  return total / (end - start);
}
