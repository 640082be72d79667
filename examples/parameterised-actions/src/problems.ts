import { createRandom } from '@pose-rft/random';
import { catchPoint } from './catch-point.js';
import type { Environment } from './environment.js';
import type { Situation } from './episodes.js';
import { goal, goalAsPublished } from './goal.js';
import { hardMove } from './hard-move.js';
import { platform } from './platform.js';
import type { Drawn, MlpPolicy } from './policy.js';
import { DEFAULT_SETTINGS, evaluate, train, type Settings, type Trained } from './training.js';

/** A problem of the benchmark, whatever its states are. */
export interface Problem {
  readonly key: string;
  readonly name: string;
  readonly measure: Environment<unknown>['measure'];
  readonly settings: Settings;
  /** Trains with one seed and measures what was learnt. */
  run(options: RunOptions): Promise<RunResult>;
}

export interface RunOptions {
  readonly seed: number;
  readonly trained: Trained;
  readonly evaluationEpisodes: number;
  /** Default: those of the problem. */
  readonly settings?: Settings;
  /** Called now and then with the measure of the most likely actions. */
  readonly onProgress?: (progress: {
    readonly iteration: number;
    readonly measure: number;
    readonly environmentSteps: number;
  }) => void;
}

export interface RunResult {
  /** Of the most likely actions; a choice that has not been trained is drawn: all are equally likely. */
  readonly greedy: number;
  /** Of drawn actions. */
  readonly sampled: number;
  readonly environmentSteps: number;
}

function problem<State>(
  key: string,
  environment: Environment<State>,
  changes: Partial<Settings> = {},
): Problem {
  const settings = { ...DEFAULT_SETTINGS, ...changes };
  const { name, measure } = environment;
  return {
    key,
    name,
    measure,
    settings,
    async run({ seed, trained, evaluationEpisodes, onProgress, settings: chosen = settings }) {
      const measured = (policy: MlpPolicy<Situation<State>>, episodes: number, drawn: Drawn): number => {
        // Episodes of a stream of their own, which training does not see.
        const random = createRandom(seed).split('evaluation');
        const { meanReturn, successRate } = evaluate(environment, policy, { episodes, drawn, random });
        return measure === 'return' ? meanReturn : successRate;
      };
      const likeliest = { choice: trained === 'parameters', parameters: false };
      const everything = { choice: true, parameters: true };
      const every = Math.max(1, Math.floor(chosen.iterations / 10));
      const { policy, environmentSteps } = await train(environment, chosen, {
        seed,
        trained,
        onIteration(iteration, present, steps) {
          if (!onProgress || (iteration + 1) % every !== 0) return;
          onProgress({
            iteration: iteration + 1,
            measure: measured(present, 100, likeliest),
            environmentSteps: steps,
          });
        },
      });
      const greedy = measured(policy, evaluationEpisodes, likeliest);
      const sampled = measured(policy, evaluationEpisodes, everything);
      policy.parameters.dispose();
      return { greedy, sampled, environmentSteps };
    },
  };
}

export const PROBLEMS: readonly Problem[] = [
  problem('platform', platform, { iterations: 300 }),
  problem('goal', goal, { iterations: 120, learningRate: 1e-2 }),
  problem('goal-v0', goalAsPublished, { iterations: 300, choiceKl: 1 }),
  problem('catch-point', catchPoint, { iterations: 400, choiceKl: 1, discount: 0.97 }),
  problem('hard-move-4', hardMove(4), { iterations: 120 }),
  problem('hard-move-6', hardMove(6), { iterations: 120 }),
  problem('hard-move-8', hardMove(8), { iterations: 120 }),
  problem('hard-move-10', hardMove(10), { iterations: 120 }),
];
