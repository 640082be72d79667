import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import {
  clipByValue,
  exp,
  matMul,
  mean,
  reshape,
  sub,
  sum,
  tensor,
  tensor2d,
  tidy,
  type Tensor,
} from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { RolloutShapeError } from './rollout-shape.js';

/**
 * Over what one importance ratio `pi / pi_old` is taken:
 * - 'token': each token of a sequence (GRPO)
 * - 'group': each group of dimensions of a nested sample, such as a joint
 * - 'sum': the whole candidate or sample, the ratio of the paper's formula. Its variance grows with the dimensions.
 * - 'mean': the geometric mean over tokens or groups (GSPO's sequence ratio)
 */
export type RatioGranularity = 'token' | 'group' | 'sum' | 'mean';

/** Log-ratios are clamped to this on both sides, so that no ratio overflows (as verl and OpenRLHF do). */
export const LOG_RATIO_LIMIT = 20;

/**
 * Importance ratios between present and sampling-time log-probabilities, differentiable in the present ones.
 *
 * @param current - tensors, [T] or [M, V, K]
 * @param old - data of the same structure
 * @returns a sequence component: [T] for 'token', [P*G] otherwise; a nested one: [M, V, K] for 'group', [M, V, 1]
 * otherwise
 * @throws RolloutShapeError if the structures differ, or the granularity does not exist for this kind
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
): Tensor {
  return tidy(() =>
    exp(clipByValue(logRatios(current, old, granularity), -LOG_RATIO_LIMIT, LOG_RATIO_LIMIT)),
  );
}

function logRatios(
  current: ComponentLogProbs<Tensor>,
  old: ComponentLogProbs<Float32Array>,
  granularity: RatioGranularity,
): Tensor {
  return match({ current, old, granularity })
    .with({ current: { kind: 'sequence' }, old: { kind: 'sequence' }, granularity: 'token' }, (pair) =>
      difference(pair.current.values, pair.old.values, [pair.old.values.length]),
    )
    .with(
      { current: { kind: 'sequence' }, old: { kind: 'sequence' }, granularity: 'sum' },
      { current: { kind: 'sequence' }, old: { kind: 'sequence' }, granularity: 'mean' },
      (pair) => {
        const { values, offsets } = pair.old;
        const perToken = difference(pair.current.values, values, [values.length]);
        const gathering = segmentMatrix(offsets, values.length, pair.granularity === 'mean');
        return reshape(matMul(gathering, reshape(perToken, [values.length, 1])), [offsets.length - 1]);
      },
    )
    .with({ current: { kind: 'nested' }, old: { kind: 'nested' } }, (pair) => {
      const { values, candidates, groups } = pair.old;
      const samples = candidates.length === 0 ? 0 : values.length / (candidates.length * groups);
      const perGroup = difference(pair.current.values, values, [candidates.length, samples, groups]);
      return match(pair.granularity)
        .with('group', () => perGroup)
        .with('sum', () => sum(perGroup, 2, true))
        .with('mean', () => mean(perGroup, 2, true))
        .with('token', () => {
          throw new RolloutShapeError(
            "a nested component has no 'token' ratio; use 'group', 'sum' or 'mean'",
          );
        })
        .exhaustive();
    })
    .otherwise((pair) => {
      throw new RolloutShapeError(
        pair.current.kind === pair.old.kind
          ? `a sequence component has no '${pair.granularity}' ratio; use 'token', 'sum' or 'mean'`
          : `the policy scored a '${pair.current.kind}' component, but the rollout has a '${pair.old.kind}' one`,
      );
    });
}

function difference(current: Tensor, old: Float32Array, shape: number[]): Tensor {
  if (current.shape.join() !== shape.join())
    throw new RolloutShapeError(
      `the policy scored log-probabilities [${current.shape.join(', ')}]; the rollout has [${shape.join(', ')}]`,
    );
  return sub(current, tensor(old, shape));
}

/** [segments, tokens]: 1 where a token belongs to a segment, or 1 / length for means. Constant, so autodiff is one product. */
function segmentMatrix(offsets: Int32Array, tokenCount: number, average: boolean): Tensor {
  const segmentCount = offsets.length - 1;
  const matrix = new Float32Array(segmentCount * tokenCount);
  for (let segment = 0; segment < segmentCount; segment++) {
    const start = offsets[segment] as number;
    const end = offsets[segment + 1] as number;
    matrix.fill(average ? 1 / (end - start) : 1, segment * tokenCount + start, segment * tokenCount + end);
  }
  return tensor2d(matrix, [segmentCount, tokenCount]);
}
