import { createHyGrpoOptimizer, trainHyGRPO, type HyGrpoConfig } from '@pose-rft/hygrpo';
import { createRandom, type Random } from '@pose-rft/random';
import { linearSchedule } from '@pose-rft/tensor';
import type { Environment } from './environment.js';
import { playToEnd, situationOf, startEpisode, type Episode, type Situation } from './episodes.js';
import { createGroupReturns } from './group-returns.js';
import { createMlpPolicy, type Drawn, type MlpPolicy } from './policy.js';

/** Which half of the action learns; the other stays as it was at the start. */
export type Trained = 'both' | 'choice' | 'parameters';

export interface Settings {
  readonly iterations: number;
  /** States an iteration, each from an episode of its own. */
  readonly states: number;
  /** G: choices compared in a state. */
  readonly candidatesPerPrompt: number;
  /** V: draws of the parameters compared for each of these choices. */
  readonly samplesPerCandidate: number;
  readonly innerEpochs: number;
  /** At first; falls to 0. */
  readonly learningRate: number;
  readonly discount: number;
  readonly hiddenSize: number;
  /** Of the parameters at first, as a share of half their box. */
  readonly standardDeviation: number;
  /**
   * How strongly the choice is held to its uniform start at first; falls to 0. A choice looks bad as long as its
   * parameters are: this keeps it in play until they have learnt.
   */
  readonly choiceKl: number;
}

export const DEFAULT_SETTINGS: Settings = {
  iterations: 400,
  states: 16,
  candidatesPerPrompt: 8,
  samplesPerCandidate: 4,
  innerEpochs: 4,
  learningRate: 3e-3,
  discount: 0.99,
  hiddenSize: 64,
  standardDeviation: 0.4,
  choiceKl: 0,
};

export interface TrainedPolicy<State> {
  readonly policy: MlpPolicy<Situation<State>>;
  /** Steps of the environment, those of all branches counted. */
  readonly environmentSteps: number;
}

/**
 * Trains one policy: each iteration plays an episode for each state that it needs, keeps one visited state of each, and
 * compares a group of actions from there. The caller disposes of the policy's parameters.
 */
export async function train<State>(
  environment: Environment<State>,
  settings: Settings,
  options: {
    readonly seed: number;
    readonly trained: Trained;
    readonly onIteration?: (
      iteration: number,
      policy: MlpPolicy<Situation<State>>,
      environmentSteps: number,
    ) => void;
  },
): Promise<TrainedPolicy<State>> {
  const { seed, trained, onIteration } = options;
  const random = createRandom(seed);
  const policy = createMlpPolicy<Situation<State>>(environment, {
    hiddenSize: settings.hiddenSize,
    standardDeviation: settings.standardDeviation,
    random: random.split('network'),
  });
  const components = trained === 'both' ? (['choice', 'parameters'] as const) : [trained];
  const returns = createGroupReturns(environment, policy, {
    discount: settings.discount,
    random: random.split('branches'),
    components,
  });
  let collectingSteps = 0;
  const environmentSteps = (): number => collectingSteps + returns.stepsTaken();
  const optimizer = createHyGrpoOptimizer(configOf(settings, components, 0));
  const start = policy.clone();
  for (let stage = 0; stage < STAGES; stage++) {
    const steps = trainHyGRPO({
      policy,
      reference: start,
      rewards: returns.rewards,
      nextPrompts: (_, stream) => {
        const visited = visitStates(environment, policy, settings.states, stream);
        collectingSteps += visited.steps;
        return visited.situations;
      },
      config: configOf(settings, components, stage),
      startIteration: Math.round((settings.iterations * stage) / STAGES),
      optimizer,
      random: random.split('training'),
    });
    for await (const { iteration } of steps) onIteration?.(iteration, policy, environmentSteps());
  }
  start.parameters.dispose();
  optimizer.dispose();
  return { policy, environmentSteps: environmentSteps() };
}

/** The hold on the choice weakens in so many stages; the last is without. */
const STAGES = 8;

function configOf(
  settings: Settings,
  components: readonly ('choice' | 'parameters')[],
  stage: number,
): HyGrpoConfig {
  const { iterations, candidatesPerPrompt, samplesPerCandidate, innerEpochs, learningRate } = settings;
  const remaining = 1 - stage / (STAGES - 1);
  const byName = { choice: { klCoefficient: settings.choiceKl * remaining ** 2 }, parameters: {} };
  return {
    iterations: Math.round((iterations * (stage + 1)) / STAGES),
    candidatesPerPrompt,
    samplesPerCandidate,
    innerEpochs,
    learningRate: linearSchedule({ peak: learningRate, steps: iterations }),
    components: Object.fromEntries(components.map((name) => [name, byName[name]])),
  };
}

/** One of the states of each of so many episodes of the present policy. */
function visitStates<State>(
  environment: Environment<State>,
  policy: MlpPolicy<Situation<State>>,
  count: number,
  random: Random,
): { readonly situations: readonly Situation<State>[]; readonly steps: number } {
  const episodes = startEpisodes(environment, count, random);
  const visited = episodes.map((): Situation<State>[] => []);
  playToEnd(environment, policy, episodes, {
    discount: 1,
    visit: (episode, situation) => visited[episode]?.push(situation),
  });
  return {
    situations: visited.map((situations) => random.pick(situations)),
    steps: episodes.reduce((total, episode) => total + episode.steps, 0),
  };
}

function startEpisodes<State>(
  environment: Environment<State>,
  count: number,
  random: Random,
): readonly Episode<State>[] {
  return Array.from({ length: count }, (_, index) => {
    const stream = random.split(index);
    return startEpisode(situationOf(environment, environment.reset(stream)), stream);
  });
}

export interface Evaluation {
  readonly meanReturn: number;
  readonly successRate: number;
}

/** Plays so many episodes; equal streams give equal starts to different policies. */
export function evaluate<State>(
  environment: Environment<State>,
  policy: MlpPolicy<Situation<State>>,
  options: { readonly episodes: number; readonly drawn: Drawn; readonly random: Random },
): Evaluation {
  const episodes = startEpisodes(environment, options.episodes, options.random);
  playToEnd(environment, policy, episodes, { discount: 1, drawn: options.drawn });
  const mean = (of: (episode: Episode<State>) => number): number =>
    episodes.reduce((total, episode) => total + of(episode), 0) / episodes.length;
  return {
    meanReturn: mean((episode) => episode.return),
    successRate: mean(({ success }) => (success ? 1 : 0)),
  };
}
