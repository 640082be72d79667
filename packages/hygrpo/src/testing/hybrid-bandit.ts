import {
  categorical,
  createCategorical,
  hybrid,
  readLogProbs,
  real,
  type ComponentScores,
  type HybridPolicy,
  type Rollout,
} from '@pose-rft/hybrid-actions';
import { createRandom, type Random } from '@pose-rft/random';
import {
  createParameterStore,
  diagonalGaussianGroupLogProbs,
  fill,
  gatherRows,
  tidy,
  tokenLogProbs,
  zeros,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { HyGrpoConfig } from '../config.js';
import type { Reward } from '../reward.js';
import type { HyGrpoRun, HyGrpoStep } from '../hygrpo-run.js';
import { trainHyGRPO } from '../trainer.js';

const CONTEXTS = 3;
const ARMS = 4;
/** Arm 0 aims at nothing; the other arms aim at a point of the plane. */
export interface BanditAction {
  readonly arm: number;
  readonly point?: Float32Array;
}
export type BanditPolicy = HybridPolicy<number, BanditAction>;

const rightArm = (context: number): number => context + 1;
const target = (context: number): readonly [number, number] => [context - 1, 0.5];

/** A context-wise table of logits and of Gaussians: the smallest policy with a discrete and a continuous part. */
export function createBanditPolicy(): BanditPolicy {
  const parameters = createParameterStore({
    logits: zeros([CONTEXTS, ARMS]),
    mean: zeros([CONTEXTS, 2]),
    logStandardDeviation: fill([CONTEXTS, 2], -1),
  });
  const rowsOf = (name: string, contexts: Int32Array): Tensor2D =>
    gatherRows(parameters.get(name) as Tensor2D, contexts);
  const contextsOf = (prompts: readonly number[], candidatesPerPrompt: number): Int32Array =>
    Int32Array.from(
      { length: prompts.length * candidatesPerPrompt },
      (_, candidate) => prompts[Math.floor(candidate / candidatesPerPrompt)] ?? 0,
    );

  function score(rollout: Omit<Rollout<number, BanditAction>, 'logProbs'>): ComponentScores {
    const { prompts, candidatesPerPrompt, samplesPerCandidate, actions } = rollout;
    const contexts = contextsOf(prompts, candidatesPerPrompt);
    const arms = contexts.map((_, candidate) => actions[candidate * samplesPerCandidate]?.arm ?? 0);
    const candidates = Int32Array.from(arms.keys()).filter((candidate) => arms[candidate] !== 0);
    const aiming = candidates.map((candidate) => contexts[candidate] ?? 0);
    const points = Float32Array.from(actions.flatMap(({ point = [] }) => [...point]));
    const mean = rowsOf('mean', aiming);
    const logStandardDeviation = rowsOf('logStandardDeviation', aiming);
    const armLogProbs = tokenLogProbs(rowsOf('logits', contexts), arms);
    const pointLogProbs = diagonalGaussianGroupLogProbs(points, mean, logStandardDeviation, 1);
    const offsets = Int32Array.from({ length: contexts.length + 1 }, (_, candidate) => candidate);
    return {
      logProbs: {
        arm: { kind: 'sequence', values: armLogProbs, offsets },
        point: { kind: 'nested', values: pointLogProbs, candidates, groups: 2 },
      },
      gaussians: { point: { mean, logStandardDeviation } },
    };
  }

  function aim(context: number, random: Random): Float32Array {
    const [mean, logStandardDeviation] = ['mean', 'logStandardDeviation'].map((name) =>
      parameters.get(name).dataSync(),
    );
    return Float32Array.from([2 * context, 2 * context + 1], (index) => {
      const deviation = Math.exp(logStandardDeviation?.[index] ?? NaN);
      return (mean?.[index] ?? NaN) + deviation * random.normal();
    });
  }

  return {
    space: hybrid({ arm: categorical({ categories: ARMS }), point: real({ size: 2 }) }),
    parameters,
    score,
    act(prompts, { candidatesPerPrompt, samplesPerCandidate, random }) {
      const contexts = contextsOf(prompts, candidatesPerPrompt);
      const arms = tidy(() =>
        Array.from(createCategorical(rowsOf('logits', contexts)).sample(random).dataSync()),
      );
      const actions = arms.flatMap((arm, candidate) =>
        Array.from({ length: samplesPerCandidate }, (): BanditAction =>
          arm === 0 ? { arm } : { arm, point: aim(contexts[candidate] ?? 0, random) },
        ),
      );
      const acted = { prompts, candidatesPerPrompt, samplesPerCandidate, actions, policyVersion: 0 };
      return Promise.resolve({ ...acted, logProbs: readLogProbs(() => score(acted)) });
    },
  };
}

export const hit: Reward<number, BanditAction> = {
  name: 'hit',
  drives: 'arm',
  score: ({ rows }) => ({
    values: Float32Array.from(rows, ({ prompt, action }) => (action.arm === rightArm(prompt) ? 1 : 0)),
  }),
};

/** Asynchronous, with credit for each coordinate. */
export const near: Reward<number, BanditAction> = {
  name: 'near',
  drives: 'point',
  score: async ({ rows }) => {
    await Promise.resolve();
    const perGroup = Float32Array.from(
      rows.flatMap(({ prompt, action }) =>
        target(prompt).map((wanted, axis) => Math.exp(-Math.abs((action.point?.[axis] ?? NaN) - wanted))),
      ),
    );
    return {
      perGroup,
      values: Float32Array.from(rows, (_, row) => (perGroup[2 * row] ?? 0) + (perGroup[2 * row + 1] ?? 0)),
    };
  },
};

export const banditConfig: HyGrpoConfig = {
  iterations: 60,
  candidatesPerPrompt: 8,
  samplesPerCandidate: 4,
  learningRate: 0.1,
  components: { arm: {}, point: {} },
};

export function banditRun(
  changes: Partial<HyGrpoRun<number, BanditAction>> = {},
): HyGrpoRun<number, BanditAction> {
  return {
    policy: changes.policy ?? createBanditPolicy(),
    rewards: [hit, near],
    nextPrompts: (_, random) => Array.from({ length: 4 }, () => random.integer(CONTEXTS)),
    config: banditConfig,
    random: createRandom(11),
    ...changes,
  };
}

export async function allSteps(run: HyGrpoRun<number, BanditAction>): Promise<HyGrpoStep[]> {
  const steps: HyGrpoStep[] = [];
  for await (const step of trainHyGRPO(run)) steps.push(step);
  return steps;
}

export function parametersOf(policy: BanditPolicy): number[] {
  return policy.parameters.names.flatMap((name) => Array.from(policy.parameters.get(name).dataSync()));
}
