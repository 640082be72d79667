import {
  abs,
  add,
  clipByValue,
  maximum,
  minimum,
  mul,
  neg,
  sub,
  sum,
  tensor1d,
  type Tensor,
} from '@pose-rft/tensor';
import { clippedObjective, type ClipEpsilon } from '../clipped-objective.js';
import type { ComponentObjectiveOptions } from '../component-objective.js';
import { groupAdvantages } from '../advantage.js';
import type { AdvantageFunction } from '../advantage-laws.js';
import { hyGrpoObjective, type HyGrpoObjectiveInput } from '../objective.js';
import type { ObjectiveFunction } from '../objective-laws.js';
import { straightThrough } from '../straight-through.js';
import type { SurrogateFunction } from '../surrogate-laws.js';

/** A plausible mistake, and one of the laws that must find it. */
export interface BrokenVariant<Variant> {
  readonly mistake: string;
  readonly variant: Variant;
  readonly caughtBy: string;
}

const sound: AdvantageFunction = (rewards, groupSize) => groupAdvantages(rewards, { groupSize }).values;

/** Each group's rewards, the declined ones left out, mapped to advantages. */
function byGroup(advantagesOf: (kept: readonly number[], all: Float32Array) => number[]): AdvantageFunction {
  return (rewards, groupSize) => {
    const advantages = new Float32Array(rewards.length);
    for (let start = 0; start < rewards.length; start += groupSize) {
      const group = rewards.slice(start, start + groupSize);
      const rows = [...group.keys()].filter((row) => !Number.isNaN(group[row]));
      const found = advantagesOf(
        rows.map((row) => group[row] as number),
        group,
      );
      rows.forEach((row, index) => {
        advantages[start + row] = found[index] as number;
      });
    }
    return advantages;
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / Math.max(1, values.length);

export const BROKEN_ADVANTAGES: readonly BrokenVariant<AdvantageFunction>[] = [
  {
    mistake: 'a standard deviation without a floor',
    variant: (rewards, groupSize) =>
      groupAdvantages(rewards, { groupSize, stdFloor: 0, relativeStdFloor: 0 }).values,
    caughtBy: 'noise of 1e-5 is not blown up to advantages of 1',
  },
  {
    mistake: 'declined rewards that count as 0',
    variant: (rewards, groupSize) =>
      sound(
        rewards.map((reward) => (Number.isNaN(reward) ? 0 : reward)),
        groupSize,
      ),
    caughtBy: 'a declined reward has advantage 0 and changes no other',
  },
  {
    mistake: 'a scale that depends on where the declined members stand',
    variant: (rewards, groupSize) =>
      sound(rewards, groupSize).map((value, row) =>
        Number.isNaN(rewards[row - (row % groupSize)]) ? 2 * value : value,
      ),
    caughtBy: 'a declined reward has advantage 0 and changes no other',
  },
  {
    mistake: 'an advantage for those who declined',
    variant: (rewards, groupSize) =>
      sound(rewards, groupSize).map((value, row) => (Number.isNaN(rewards[row]) ? 0.01 : value)),
    caughtBy: 'a declined reward has advantage 0 and changes no other',
  },
  {
    mistake: 'one baseline for the whole batch',
    variant: (rewards) => sound(rewards, rewards.length),
    caughtBy: 'advantages sum to 0 in every group',
  },
  {
    mistake: 'no baseline',
    variant: byGroup((kept) => [...kept]),
    caughtBy: 'a constant added to all rewards changes nothing',
  },
  {
    mistake: 'the first member as baseline',
    variant: byGroup((kept) => kept.map((reward) => reward - (kept[0] ?? 0))),
    caughtBy: 'members of a group may come in any order',
  },
  {
    mistake: 'the group before as baseline',
    variant: (rewards, groupSize) => {
      const centred = byGroup((kept) => kept.map((reward) => reward - meanOf(kept)));
      const before = rewards.map((reward, row) =>
        row < groupSize ? reward : reward - (rewards[row - groupSize] as number),
      );
      return centred(before, groupSize).map((value) => (Number.isNaN(value) ? 0 : value));
    },
    caughtBy: 'groups may come in any order',
  },
  {
    mistake: 'a mean over all members, the declined ones counted',
    variant: byGroup((kept, all) => {
      const mean = kept.reduce((total, reward) => total + reward, 0) / all.length;
      return kept.map((reward) => reward - mean);
    }),
    caughtBy: 'a group is as if its declined members had never been',
  },
  {
    mistake: 'the raw reward for a group of one',
    variant: byGroup((kept) => (kept.length === 1 ? [...kept] : kept.map((reward) => reward - meanOf(kept)))),
    caughtBy: 'a group of one has advantage 0',
  },
  {
    mistake: 'the sign of costs',
    variant: (rewards, groupSize) => sound(rewards, groupSize).map((value) => -value),
    caughtBy: 'a better reward never has a smaller advantage',
  },
  {
    mistake: 'rounding of the mean divided by a tiny epsilon',
    variant: byGroup((kept) => {
      const mean = Math.fround(kept.reduce((total, reward) => Math.fround(total + reward), 0) / kept.length);
      const spread = Math.sqrt(meanOf(kept.map((reward) => (reward - mean) ** 2)));
      return kept.map((reward) => (reward - mean) / (spread + 1e-8));
    }),
    caughtBy: 'a group of equal rewards has advantages of exactly 0',
  },
];

type Options = Readonly<Partial<Record<string, ComponentObjectiveOptions>>>;

/** The objective with options that differ from those asked for. */
function withOptions(
  change: (options: ComponentObjectiveOptions, name: string) => ComponentObjectiveOptions,
): ObjectiveFunction {
  return (input) => {
    const components: Options = Object.fromEntries(
      Object.entries(input.components).map(([name, options = {}]) => [name, change(options, name)]),
    );
    return hyGrpoObjective({ ...input, components });
  };
}

function withAdvantages(change: (values: Float32Array, name: string) => Float32Array): ObjectiveFunction {
  return (input) => {
    const advantages: HyGrpoObjectiveInput['advantages'] = Object.fromEntries(
      Object.entries(input.advantages).flatMap(([name, given]) =>
        given ? [[name, { ...given, values: change(given.values, name) }]] : [],
      ),
    );
    return hyGrpoObjective({ ...input, advantages });
  };
}

const AWAY_FROM_1 =
  'away from ratio 1 the gradient of the pose is the ratio times A, and 0 where the clip holds';

export const BROKEN_OBJECTIVES: readonly BrokenVariant<ObjectiveFunction>[] = [
  {
    mistake: 'poses averaged over all candidates instead of V',
    variant: (input) => {
      const found = hyGrpoObjective(input);
      const pose = input.rollout.logProbs['pose'];
      if (pose?.kind !== 'nested') return found;
      const all = input.rollout.prompts.length * input.rollout.candidatesPerPrompt;
      return { ...found, loss: mul(found.loss, pose.candidates.length / all) };
    },
    caughtBy: 'at ratio 1 the gradient of the pose is the policy gradient over V, and 0 outside V',
  },
  {
    mistake: 'poses of invalid candidates that take part',
    variant: (input) => {
      const found = hyGrpoObjective(input);
      const pose = input.scores.logProbs['pose'];
      return pose ? { ...found, loss: add(found.loss, mul(sum(pose.values), 0.01)) } : found;
    },
    caughtBy: 'at ratio 1 the gradient of the pose is the policy gradient over V, and 0 outside V',
  },
  {
    mistake: 'the advantages of the first row for all rows',
    variant: withAdvantages((values) => values.slice().fill(values[0] ?? 0)),
    caughtBy: 'at ratio 1 the gradient of the pose is the policy gradient over V, and 0 outside V',
  },
  {
    mistake: 'a loss that is minimised the wrong way round',
    variant: (input) => {
      const found = hyGrpoObjective(input);
      return { ...found, loss: neg(found.loss) };
    },
    caughtBy: 'at ratio 1 the gradient of the answer is the policy gradient, whatever the ratio',
  },
  {
    mistake: 'no clip',
    variant: withOptions((options) => ({ ...options, clipEpsilon: { low: 1, high: 100 } })),
    caughtBy: "without a pose it is GRPO's token loss",
  },
  {
    mistake: 'poses that are not clipped',
    variant: withOptions((options, name) =>
      name === 'pose' ? { ...options, clipEpsilon: { low: 1, high: 1e6 } } : options,
    ),
    caughtBy: AWAY_FROM_1,
  },
  {
    mistake: 'the ratio of each joint where that of the sample is meant',
    variant: withOptions((options) =>
      options.ratio === 'mean-group' ? { ...options, ratio: 'group' } : options,
    ),
    caughtBy: AWAY_FROM_1,
  },
  {
    mistake: 'no ratio: the log-probability itself, as in REINFORCE',
    variant: withOptions((options) => ({ ...options, loss: { kind: 'cispo' } })),
    caughtBy: 'clipping never raises the objective',
  },
  {
    mistake: 'a sum over tokens where the mean is meant',
    variant: withOptions((options, name) =>
      name === 'answer' ? { ...options, aggregation: { kind: 'sequence-mean-token-sum' } } : options,
    ),
    caughtBy: 'at ratio 1 the gradient of the answer is the policy gradient, whatever the ratio',
  },
  {
    mistake: 'a mean over all tokens of the batch where the mean of each sequence is meant',
    variant: withOptions((options, name) =>
      name === 'answer' && options.loss === undefined ? { ...options, loss: { kind: 'bnpo' } } : options,
    ),
    caughtBy: "without a pose it is GRPO's token loss",
  },
  {
    mistake: 'the ratio of the sequence in place of its geometric mean',
    variant: withOptions((options) =>
      options.loss?.kind === 'gspo' ? { ...options, ratio: 'sum' } : options,
    ),
    caughtBy: 'at ratio 1 every loss has the policy gradient, weighted by its aggregation',
  },
  {
    mistake: 'the joints of a pose averaged, not summed',
    variant: withOptions((options, name) =>
      name === 'pose' ? { ...options, aggregation: { kind: 'sequence-mean-token-mean' } } : options,
    ),
    caughtBy: 'at ratio 1 the gradient of the pose is the policy gradient over V, and 0 outside V',
  },
  {
    mistake: 'the geometric mean over joints where the ratio of the pose is meant',
    variant: withOptions((options) => (options.ratio === 'sum' ? { ...options, ratio: 'mean' } : options)),
    caughtBy: "without an answer it is the paper's pose term over V",
  },
  {
    mistake: 'weights of components that are forgotten',
    variant: withOptions((options) => ({ ...options, weight: 1 })),
    caughtBy: 'the loss of both parts is the weighted sum of their losses',
  },
  {
    mistake: 'parts of a batch that each think they are the whole',
    variant: ({ whole: _, ...input }) => hyGrpoObjective(input),
    caughtBy: 'the losses of the parts of a batch add up to the loss of the batch',
  },
  {
    mistake: 'a KL estimate that can be negative',
    variant: withOptions((options) => ({ ...options, klEstimator: 'k1' })),
    caughtBy: 'the divergence is 0 from oneself, and k3 is never negative',
  },
  {
    mistake: 'the gradient of k3 for that of the KL',
    variant: withOptions((options) => ({ ...options, klGradient: 'k3' })),
    caughtBy: 'the gradient of the divergence is (log pi - log reference) grad log pi',
  },
  {
    mistake: 'the divergence of the reference from the policy',
    variant: (input) => {
      const found = hyGrpoObjective(input);
      const { kl } = found.components['answer'] ?? {};
      return kl ? { ...found, loss: sub(found.loss, mul(kl, 2)) } : found;
    },
    caughtBy: 'the gradient of the divergence is (log pi - log reference) grad log pi',
  },
];

const clipped = (ratios: Tensor, { low, high }: ClipEpsilon): Tensor =>
  clipByValue(ratios, 1 - low, 1 + high);

export const BROKEN_SURROGATES: readonly BrokenVariant<SurrogateFunction>[] = [
  {
    mistake: 'the clipped term always, never the worse of the two',
    variant: (ratios, advantages, epsilon) => mul(clipped(ratios, epsilon), tensor1d(advantages)),
    caughtBy: 'no term is above the unclipped one',
  },
  {
    mistake: 'the better of the two terms',
    variant: (ratios, advantages, epsilon) =>
      maximum(mul(ratios, tensor1d(advantages)), mul(clipped(ratios, epsilon), tensor1d(advantages))),
    caughtBy: 'no term is above the unclipped one',
  },
  {
    mistake: 'the smaller ratio, whatever the sign of the advantage',
    variant: (ratios, advantages, epsilon) =>
      mul(minimum(ratios, clipped(ratios, epsilon)), tensor1d(advantages)),
    caughtBy: 'outside it a term that gains is held at the bound, and one that loses is not',
  },
  {
    mistake: 'the size of the advantage without its sign',
    variant: (ratios, advantages, epsilon) => clippedObjective(ratios, abs(tensor1d(advantages)), epsilon),
    caughtBy: 'inside the clip a term is ratio times advantage',
  },
  {
    mistake: 'a bound above alone',
    variant: (ratios, advantages, epsilon) => clippedObjective(ratios, advantages, { ...epsilon, low: 1 }),
    caughtBy: 'outside it a term that gains is held at the bound, and one that loses is not',
  },
  {
    mistake: 'a bound below alone',
    variant: (ratios, advantages, epsilon) => clippedObjective(ratios, advantages, { ...epsilon, high: 99 }),
    caughtBy: 'outside it a term that gains is held at the bound, and one that loses is not',
  },
  {
    mistake: 'a gradient that is cut outside the clip, whatever the sign of the advantage',
    variant: (ratios, advantages, epsilon) =>
      straightThrough(
        mul(clipped(ratios, epsilon), tensor1d(advantages)),
        clippedObjective(ratios, advantages, epsilon),
      ),
    caughtBy: 'the gradient is the advantage, and 0 where a bound holds the term',
  },
  {
    mistake: 'a dual clip that is ignored',
    variant: (ratios, advantages, { low, high }) => clippedObjective(ratios, advantages, { low, high }),
    caughtBy: 'a dual clip bounds a term from below where the advantage is negative, and nowhere else',
  },
  {
    mistake: 'low and high exchanged',
    variant: (ratios, advantages, { low, high, ...bounds }) =>
      clippedObjective(ratios, advantages, { low: high, high: low, ...bounds }),
    caughtBy: 'outside it a term that gains is held at the bound, and one that loses is not',
  },
  {
    mistake: 'a gradient that the clip does not cut',
    variant: (ratios, advantages, epsilon) => {
      const value = clippedObjective(ratios, advantages, epsilon);
      const free = mul(ratios, tensor1d(advantages));
      return straightThrough(free, value);
    },
    caughtBy: 'the gradient is the advantage, and 0 where a bound holds the term',
  },
  {
    mistake: 'a dual clip for every sign of the advantage',
    variant: (ratios, advantages, { dual, ...epsilon }) => {
      const terms = clippedObjective(ratios, advantages, epsilon);
      return dual === undefined ? terms : maximum(terms, mul(tensor1d(advantages), dual));
    },
    caughtBy: 'a dual clip bounds a term from below where the advantage is negative, and nowhere else',
  },
  {
    mistake: 'a cap that is ignored',
    variant: (ratios, advantages, { low, high, dual }) =>
      clippedObjective(ratios, advantages, { low, high, ...(dual === undefined ? {} : { dual }) }),
    caughtBy: 'a cap on the ratio above the clip is the dual clip',
  },
];
