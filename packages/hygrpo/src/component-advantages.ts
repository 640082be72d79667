import type { ComponentLogProbs, Rollout } from '@pose-rft/hybrid-actions';
import { uniformSegments } from './advantage.js';
import type { ResolvedComponentConfig } from './component-config.js';
import { nestedSegments } from './nested-advantage.js';
import { aggregateAdvantages, type ComponentAdvantages, type ScoredReward } from './reward-aggregation.js';

/** The advantages of every trained component of a rollout; 0 where no reward drives it. */
export function allAdvantages(
  scored: Readonly<Record<string, readonly ScoredReward[]>>,
  rollout: Rollout<unknown, unknown>,
  components: Readonly<Record<string, ResolvedComponentConfig>>,
): Record<string, ComponentAdvantages> {
  const advantages: Record<string, ComponentAdvantages> = {};
  for (const [name, options] of Object.entries(components)) {
    const component = rollout.logProbs[name] as ComponentLogProbs<Float32Array>;
    advantages[name] = componentAdvantages(scored[name] ?? [], component, rollout, options);
  }
  return advantages;
}

function componentAdvantages(
  scored: readonly ScoredReward[],
  component: ComponentLogProbs<Float32Array>,
  rollout: Rollout<unknown, unknown>,
  { advantage }: ResolvedComponentConfig,
): ComponentAdvantages {
  const { prompts, candidatesPerPrompt, samplesPerCandidate } = rollout;
  const candidateCount = prompts.length * candidatesPerPrompt;
  if (scored.length === 0) {
    const rowCount =
      component.kind === 'nested' ? component.candidates.length * samplesPerCandidate : candidateCount;
    const values = new Float32Array(rowCount);
    return { values, perGroup: false, groupCount: 0, flatGroupCount: 0, rewardStandardDeviation: 0 };
  }
  if (component.kind === 'sequence')
    return aggregateAdvantages(scored, uniformSegments(candidateCount, candidatesPerPrompt), advantage);
  const segments = nestedSegments(
    { candidates: component.candidates, candidatesPerPrompt, samplesPerCandidate },
    advantage.scope,
  );
  const groups = advantage.credit === 'per-group' ? component.groups : 0;
  return aggregateAdvantages(scored, segments, { ...advantage, groups });
}
