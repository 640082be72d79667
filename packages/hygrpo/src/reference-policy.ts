import type { HybridPolicy } from '@pose-rft/hybrid-actions';
import { clone, keep, zerosLike, type Tensor } from '@pose-rft/tensor';
import { HyGrpoConfigError } from './config-checks.js';
import { cloneScores } from './keep-scores.js';

/** What a run measures its KL divergence from: anything that scores. */
export type ReferencePolicy<Prompt, Action> = Pick<HybridPolicy<Prompt, Action>, 'score'>;

/** A reference made of the trained policy itself. */
export interface SubstitutedReference<Prompt, Action> extends ReferencePolicy<Prompt, Action> {
  /** Frees the copies. */
  dispose(): void;
}

/**
 * The policy itself with other values in some of its parameters while it scores, so that a reference costs no second
 * model: the values that they have now (a frozen copy of what is trained), or zero (an adapter switched off: with the
 * second factor B of every low-rank pair at zero, a LoRA model is its base model).
 *
 * Make a frozen copy before a run resumes: its checkpoint changes the policy's parameters. A reference of zeros holds
 * nothing that a checkpoint would have to bring back.
 *
 * @param options - `parameters` says which are exchanged. Default: all trainable ones
 * @throws HyGrpoConfigError if there is none
 * @example
 * ```ts
 * import type { HybridPolicy } from '@pose-rft/hybrid-actions';
 * import { substitutedReference, trainHyGRPO, type HyGrpoRun } from '@pose-rft/hygrpo';
 *
 * async function train<Prompt, Action>(run: HyGrpoRun<Prompt, Action>): Promise<void> {
 *   const isSecondFactor = (name: string) => name.endsWith('.lora_B');
 *   const reference = substitutedReference(run.policy, { values: 'zero', parameters: isSecondFactor });
 *   for await (const { metrics } of trainHyGRPO({ ...run, reference })) console.log(metrics.kl);
 *   reference.dispose();
 * }
 * console.assert(typeof train === 'function');
 * ```
 */
export function substitutedReference<Prompt, Action>(
  policy: Pick<HybridPolicy<Prompt, Action>, 'score' | 'parameters'>,
  options: {
    readonly values: 'present' | 'zero';
    readonly parameters?: (name: string) => boolean;
  },
): SubstitutedReference<Prompt, Action> {
  const { parameters } = policy;
  const matches = options.parameters ?? ((name) => parameters.isTrainable(name));
  const names = parameters.names.filter((name) => matches(name));
  if (names.length === 0)
    throw new HyGrpoConfigError('reference.parameters', [], `some of ${parameters.names.join(', ')}`);
  // A tensor of zeros is made at each use: it would take memory all the time for nothing.
  const copies = new Map<string, Tensor>();
  if (options.values === 'present')
    for (const name of names) copies.set(name, keep(clone(parameters.get(name))));

  return {
    score(rollout) {
      // Clones share their data, so the exchange moves nothing.
      const present = names.map((name) => keep(clone(parameters.get(name))));
      try {
        for (const name of names) {
          const copy = copies.get(name);
          parameters.replace(name, copy ? clone(copy) : zerosLike(parameters.get(name)));
        }
        return cloneScores(policy.score(rollout));
      } finally {
        names.forEach((name, index) => parameters.replace(name, present[index] as Tensor));
      }
    },
    dispose() {
      for (const copy of copies.values()) copy.dispose();
      copies.clear();
    },
  };
}
