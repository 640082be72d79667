import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import { match } from 'ts-pattern';
import type { ClipEpsilon } from './clipped-objective.js';
import type { RatioGranularity } from './importance-ratio.js';
import type { LossAggregation } from './loss-aggregation.js';

/**
 * The named losses. Each is a choice of surrogate, ratio, clip and aggregation ({@link explicitLoss} says which), and
 * each of those may be chosen otherwise beside the name.
 *
 * | kind | source | surrogate | ratio | clip | aggregation |
 * | --- | --- | --- | --- | --- | --- |
 * | 'hygrpo' | Pose-RFT, arXiv 2508.07804 | clipped | token; nested: group | .2, .2 | sequence-mean-token-mean; nested: -sum |
 * | 'grpo' | DeepSeekMath, arXiv 2402.03300 | clipped | token; nested: group | .2, .2 | sequence-mean-token-mean |
 * | 'dr_grpo' | arXiv 2503.20783 | clipped | token; nested: group | .2, .2 | sequence-mean-token-sum-over `maxLength` |
 * | 'dapo' | arXiv 2503.14476 | clipped | token; nested: group | .2, .28 | token-mean |
 * | 'bnpo' | TRL | clipped | token; nested: group | .2, .2 | token-mean of each part of a batch |
 * | 'gspo' | arXiv 2507.18071 | clipped | mean | 3e-4, 4e-4 | sequence-mean-token-mean |
 * | 'cispo' | MiniMax-M1, arXiv 2506.13585 | weighted log-probability | token; nested: group | 1 (none), 4 | token-mean |
 *
 * For a sequence 'hygrpo' and 'grpo' are one: HyGRPO adds the nested components. The paper's own ratio is 'sum'.
 */
export type PolicyLoss =
  | { readonly kind: 'hygrpo' }
  | { readonly kind: 'grpo' }
  | {
      readonly kind: 'dr_grpo';
      /** A constant in place of each sequence's own length; > 0. */
      readonly maxLength: number;
    }
  | { readonly kind: 'dapo' }
  | { readonly kind: 'bnpo' }
  | { readonly kind: 'gspo' }
  | { readonly kind: 'cispo' };

/** A loss spelled out. */
export interface ExplicitLoss {
  readonly surrogate: 'clipped' | 'weighted-log-prob';
  readonly ratio: RatioGranularity;
  readonly clipEpsilon: ClipEpsilon;
  readonly aggregation: LossAggregation;
}

/** What may be chosen otherwise than a named loss does. */
export type LossOverrides = Partial<Omit<ExplicitLoss, 'surrogate'>>;

/**
 * Spells a named loss out for a kind of component.
 *
 * @example
 * ```ts
 * import { explicitLoss } from '@pose-rft/hygrpo';
 *
 * const { ratio, aggregation } = explicitLoss({ kind: 'dapo' }, 'sequence', { ratio: 'mean' });
 * console.assert(ratio === 'mean' && aggregation.kind === 'token-mean');
 * ```
 */
export function explicitLoss(
  loss: PolicyLoss,
  component: ComponentLogProbs<unknown>['kind'],
  overrides: LossOverrides = {},
): ExplicitLoss {
  const { ratio, clipEpsilon, aggregation } = overrides;
  const own = namedLoss(loss, component);
  return {
    surrogate: own.surrogate,
    ratio: ratio ?? own.ratio,
    clipEpsilon: clipEpsilon ?? own.clipEpsilon,
    aggregation: aggregation ?? own.aggregation,
  };
}

/** The ratio that a loss takes over tokens or groups of dimensions. */
const FINEST = { sequence: 'token', nested: 'group' } as const;

const DEFAULT_CLIP: ClipEpsilon = { low: 0.2, high: 0.2 };

function namedLoss(loss: PolicyLoss, component: ComponentLogProbs<unknown>['kind']): ExplicitLoss {
  const clipped = (
    aggregation: LossAggregation,
    clipEpsilon = DEFAULT_CLIP,
    ratio: RatioGranularity = FINEST[component],
  ): ExplicitLoss => ({ surrogate: 'clipped', ratio, clipEpsilon, aggregation });
  return match(loss)
    .with({ kind: 'hygrpo' }, () =>
      clipped({ kind: component === 'nested' ? 'sequence-mean-token-sum' : 'sequence-mean-token-mean' }),
    )
    .with({ kind: 'grpo' }, () => clipped({ kind: 'sequence-mean-token-mean' }))
    .with({ kind: 'dr_grpo' }, ({ maxLength }) =>
      clipped({ kind: 'sequence-mean-token-sum-over', length: maxLength }),
    )
    .with({ kind: 'dapo' }, () => clipped({ kind: 'token-mean' }, { low: 0.2, high: 0.28 }))
    .with({ kind: 'bnpo' }, () => clipped({ kind: 'token-mean', over: 'part' }))
    .with({ kind: 'gspo' }, () =>
      clipped({ kind: 'sequence-mean-token-mean' }, { low: 3e-4, high: 4e-4 }, 'mean'),
    )
    .with({ kind: 'cispo' }, (): ExplicitLoss => ({
      surrogate: 'weighted-log-prob',
      ratio: FINEST[component],
      clipEpsilon: { low: 1, high: 4 },
      aggregation: { kind: 'token-mean' },
    }))
    .exhaustive();
}
