import type { Rollout } from '@pose-rft/hybrid-actions';
import { HyGrpoConfigError, requireInteger } from './config-checks.js';
import type { ResolvedComponentConfig } from './component-config.js';
import { requireEarlyStop } from './early-stop.js';
import { RATIO_GRANULARITIES } from './importance-ratio.js';
import type { HyGrpoRun } from './hygrpo-run.js';
import type { ResolvedRunConfig } from './run-config.js';

/**
 * What can be told before anything is sampled.
 *
 * @throws HyGrpoConfigError
 */
export function requireSoundRun<Prompt, Action>(
  run: HyGrpoRun<Prompt, Action>,
  config: ResolvedRunConfig,
): void {
  const names = Object.keys(config.components);
  const seen = new Set<string>();
  for (const { name, drives } of run.rewards) {
    if (!names.includes(drives))
      throw new HyGrpoConfigError(
        `rewards.${name}.drives`,
        drives,
        `a trained component: ${names.join(', ')}`,
      );
    if (seen.has(name)) throw new HyGrpoConfigError(`rewards.${name}.name`, name, 'names that differ');
    seen.add(name);
  }
  for (const [name, { klCoefficient }] of Object.entries(config.components)) {
    if (klCoefficient > 0 && !run.reference && !run.workers)
      throw new HyGrpoConfigError(
        `components.${name}.klCoefficient`,
        klCoefficient,
        '0, or a reference policy',
      );
    if (klCoefficient === 0 && !run.rewards.some(({ drives }) => drives === name))
      throw new HyGrpoConfigError(
        `components.${name}`,
        'driven by no reward',
        'a reward or a klCoefficient > 0',
      );
  }
  requireInteger('startIteration', run.startIteration ?? 0, 0);
  if (run.startIteration !== undefined && run.checkpoints)
    throw new HyGrpoConfigError(
      'startIteration',
      run.startIteration,
      'to be left out: the checkpoints say where a run goes on',
    );
  if (run.evaluation) requireInteger('evaluation.everyIterations', run.evaluation.everyIterations, 1);
  if (run.checkpoints) requireInteger('checkpoints.everyIterations', run.checkpoints.everyIterations ?? 1, 1);
  if (run.earlyStop) requireEarlyStop(run.earlyStop);
}

/**
 * What only a rollout tells: which components there are, and of which kind.
 *
 * @throws HyGrpoConfigError
 */
export function requireTrainable(
  rollout: Rollout<unknown, unknown>,
  components: Readonly<Record<string, ResolvedComponentConfig>>,
): void {
  for (const [name, { ratio }] of Object.entries(components)) {
    const component = rollout.logProbs[name];
    if (component === undefined)
      throw new HyGrpoConfigError(
        `components.${name}`,
        'not a component of the rollout',
        `one of ${Object.keys(rollout.logProbs).join(', ')}`,
      );
    const ratios: readonly string[] = RATIO_GRANULARITIES[component.kind];
    if (ratio !== undefined && !ratios.includes(ratio))
      throw new HyGrpoConfigError(
        `components.${name}.ratio`,
        ratio,
        `'${ratios.join("', '")}': it is a ${component.kind} component`,
      );
  }
}
