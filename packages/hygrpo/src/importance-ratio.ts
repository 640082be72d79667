import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import {
  clipByValue,
  exp,
  gather,
  matMul,
  mean,
  reshape,
  stopGradient,
  sub,
  sum,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { dimensionGroupMatrix, type DimensionGroups } from './dimension-groups.js';
import { RolloutShapeError } from './rollout-shape.js';
import { straightThrough } from './straight-through.js';

/**
 * Over what one importance ratio `pi / pi_old` is taken:
 * - 'token': each token of a sequence (GRPO)
 * - 'group': each group of dimensions of a nested sample, such as a joint; each dimension if the policy scores those
 * - 'sum': the whole candidate or sample, the ratio of the paper's formula. Its variance grows with the dimensions.
 * - 'mean': the geometric mean over tokens or groups (GSPO's sequence ratio)
 * - 'mean-token', 'mean-group': the value of 'mean' for each token or group, whose gradient reaches that token or group
 *   alone: `sg[s] * pi / sg[pi]` (GSPO-token). With equal advantages it has the gradient of 'mean'.
 */
export type RatioGranularity = 'token' | 'group' | 'sum' | 'mean' | 'mean-token' | 'mean-group';

/** Which granularities a kind of component has. */
export const RATIO_GRANULARITIES = {
  sequence: ['token', 'sum', 'mean', 'mean-token'],
  nested: ['group', 'sum', 'mean', 'mean-group'],
} as const satisfies Record<ComponentLogProbs<unknown>['kind'], readonly RatioGranularity[]>;

/** Log-ratios are clamped to this on both sides, so that no ratio overflows (as verl and OpenRLHF do). */
export const LOG_RATIO_LIMIT = 20;

/**
 * Importance ratios between present and sampling-time log-probabilities, differentiable in the present ones.
 *
 * Sources: GRPO arXiv 2402.03300 ('token'), GSPO arXiv 2507.18071 ('mean', 'mean-token'), Pose-RFT arXiv 2508.07804
 * ('sum').
 *
 * @param current - tensors, [T] or [M, V, K]
 * @param old - data of the same structure
 * @param dimensionGroups - merges the K groups of a nested component into J named ones first
 * @returns a sequence component: [T] for 'token' and 'mean-token', [P*G] otherwise; a nested one: [M, V, K] (or
 * [M, V, J]) for 'group' and 'mean-group', [M, V, 1] otherwise
 * @throws RolloutShapeError if the structures differ, or the granularity does not exist for this kind
 * @throws DimensionGroupError if the named groups do not share out the K groups
 * @example
 * ```ts
 * import { importanceRatios } from '@pose-rft/hygrpo';
 * import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const offsets = Int32Array.of(0, 2);
 *   const current = { kind: 'sequence', values: tensor1d([-1, -2]), offsets } as const;
 *   const old = { kind: 'sequence', values: Float32Array.of(-1, -1), offsets } as const;
 *   const ratio = importanceRatios(current, old, 'sum').dataSync()[0] ?? 0;
 *   console.assert(Math.abs(ratio - Math.exp(-1)) < 1e-6);
 * });
 * ```
 */
export function importanceRatios(
  current: ComponentLogProbs<Tensor>,
  old: ComponentLogProbs<Float32Array>,
  granularity: RatioGranularity,
  dimensionGroups?: DimensionGroups,
): Tensor {
  return tidy(() => {
    requireSameKind(current, old);
    const differences = sub(current.values, tensor(old.values, logProbShape(current, old)));
    const logRatios = coarsenLogProbs(differences, old, granularity, dimensionGroups);
    return exp(clipByValue(logRatios, -LOG_RATIO_LIMIT, LOG_RATIO_LIMIT));
  });
}

/**
 * Log-probabilities (or their differences) at a granularity, in the shape of {@link importanceRatios}: as they are, or
 * their sum or mean over the tokens of a candidate or the groups of dimensions of a sample.
 *
 * @param values - [T] or [M, V, K]
 * @param layout - says which rows belong together; its own values are not read
 * @throws RolloutShapeError if the granularity does not exist for this kind
 */
export function coarsenLogProbs(
  values: Tensor,
  layout: ComponentLogProbs<unknown>,
  granularity: RatioGranularity,
  dimensionGroups?: DimensionGroups,
): Tensor {
  return match({ layout, granularity })
    .with({ layout: { kind: 'sequence' }, granularity: 'token' }, () => values)
    .with({ layout: { kind: 'sequence' }, granularity: 'sum' }, ({ layout: { offsets } }) =>
      overSegments(values, offsets, false),
    )
    .with({ layout: { kind: 'sequence' }, granularity: 'mean' }, ({ layout: { offsets } }) =>
      overSegments(values, offsets, true),
    )
    .with({ layout: { kind: 'sequence' }, granularity: 'mean-token' }, ({ layout: { offsets } }) => {
      const means = overSegments(stopGradient(values), offsets, true);
      return straightThrough(values, gather(means, tensor1d(segmentOfToken(offsets), 'int32')));
    })
    .with({ layout: { kind: 'nested' } }, ({ granularity: within, layout: { groups } }) => {
      const perGroup = mergeDimensions(values, groups, dimensionGroups);
      return match(within)
        .with('group', () => perGroup)
        .with('sum', () => sum(perGroup, 2, true))
        .with('mean', () => mean(perGroup, 2, true))
        .with('mean-group', () => straightThrough(perGroup, mean(perGroup, 2, true)))
        .with('token', 'mean-token', (unfit) => refuseGranularity('nested', unfit))
        .exhaustive();
    })
    .otherwise(({ layout: { kind }, granularity: unfit }) => refuseGranularity(kind, unfit));
}

/** The groups of dimensions that ratios have: those the policy scores, or the named ones; 1 for a sequence. */
export function ratioGroupCount(
  layout: ComponentLogProbs<unknown>,
  dimensionGroups: DimensionGroups | undefined,
): number {
  if (layout.kind === 'sequence') return 1;
  return dimensionGroups === undefined ? layout.groups : Object.keys(dimensionGroups).length;
}

function mergeDimensions(values: Tensor, groups: number, dimensionGroups?: DimensionGroups): Tensor {
  if (dimensionGroups === undefined) return values;
  const [candidates = 0, samples = 0] = values.shape;
  const groupCount = Object.keys(dimensionGroups).length;
  const matrix = tensor2d(dimensionGroupMatrix(dimensionGroups, groups), [groups, groupCount]);
  const rows: Tensor2D = reshape(values, [candidates * samples, groups]);
  return reshape(matMul(rows, matrix), [candidates, samples, groupCount]);
}

function requireSameKind(current: ComponentLogProbs<Tensor>, old: ComponentLogProbs<Float32Array>): void {
  if (current.kind !== old.kind)
    throw new RolloutShapeError(
      `the policy scored a '${current.kind}' component, but the rollout has a '${old.kind}' one`,
    );
}

/** The shape that present log-probabilities must have, and have. */
function logProbShape(current: ComponentLogProbs<Tensor>, old: ComponentLogProbs<Float32Array>): number[] {
  const shape = match(old)
    .with({ kind: 'sequence' }, ({ values }) => [values.length])
    .with({ kind: 'nested' }, ({ values, candidates, groups }) => {
      const rows = candidates.length * groups;
      return [candidates.length, rows === 0 ? 0 : values.length / rows, groups];
    })
    .exhaustive();
  if (current.values.shape.join() !== shape.join())
    throw new RolloutShapeError(
      `the policy scored log-probabilities [${current.values.shape.join(', ')}]; the rollout has [${shape.join(', ')}]`,
    );
  return shape;
}

function refuseGranularity(kind: keyof typeof RATIO_GRANULARITIES, granularity: RatioGranularity): never {
  throw new RolloutShapeError(
    `a ${kind} component has no '${granularity}' ratio; use '${RATIO_GRANULARITIES[kind].join("', '")}'`,
  );
}

/** [P*G]: sums or means over the tokens of each candidate; 0 for one without a token. */
function overSegments(values: Tensor, offsets: Int32Array, average: boolean): Tensor {
  const tokenCount = offsets.at(-1) ?? 0;
  const gathering = segmentMatrix(offsets, tokenCount, average);
  return reshape(matMul(gathering, reshape(values, [tokenCount, 1])), [offsets.length - 1]);
}

/** [segments, tokens]: 1 where a token belongs to a segment, or 1 / length for means. Constant, so autodiff is one product. */
function segmentMatrix(offsets: Int32Array, tokenCount: number, average: boolean): Tensor2D {
  const segmentCount = offsets.length - 1;
  const matrix = new Float32Array(segmentCount * tokenCount);
  for (let segment = 0; segment < segmentCount; segment++) {
    const start = offsets[segment] as number;
    const end = offsets[segment + 1] as number;
    matrix.fill(average ? 1 / (end - start) : 1, segment * tokenCount + start, segment * tokenCount + end);
  }
  return tensor2d(matrix, [segmentCount, tokenCount]);
}

/** [T]. */
function segmentOfToken(offsets: Int32Array): Int32Array {
  const segments = new Int32Array(offsets.at(-1) ?? 0);
  for (let segment = 0; segment + 1 < offsets.length; segment++)
    segments.fill(segment, offsets[segment], offsets[segment + 1]);
  return segments;
}
