import {
  categorical,
  hybrid,
  readLogProbs,
  real,
  type ActionOf,
  type ComponentScores,
  type HybridPolicy,
  type Rollout,
} from '@pose-rft/hybrid-actions';
import type { Random } from '@pose-rft/random';
import {
  add,
  createParameterStore,
  diagonalGaussianGroupLogProbs,
  fill,
  gatherRows,
  matMul,
  mul,
  reshape,
  sum,
  tanh,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  tokenLogProbs,
  zeros,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { Choice, Environment, ParameterisedAction } from './environment.js';

/** A choice, and numbers in which -1 and 1 are the ends of the box; they are unbounded, and the environment clips. */
export type UnitAction = ActionOf<ReturnType<typeof actionSpace>>;

/** Which parts of an action are drawn. */
export interface Drawn {
  readonly choice: boolean;
  readonly parameters: boolean;
}
const EVERYTHING: Drawn = { choice: true, parameters: true };

/** Whatever is to be acted on: the policy looks at `observation` alone. */
export interface Observed {
  readonly observation: readonly number[];
}

export interface MlpPolicy<Prompt extends Observed> extends HybridPolicy<Prompt, UnitAction> {
  /** An independent copy of the policy as it is now. */
  clone(): MlpPolicy<Prompt>;
  /** One action an observation, from one stream of random numbers each; what is not drawn is the most likely. */
  choose(
    observations: readonly (readonly number[])[],
    randoms: readonly Random[],
    drawn?: Drawn,
  ): readonly UnitAction[];
}

/** Parameters of all choices have as many numbers as those of the widest; surplus ones are 0, and nothing is drawn. */
function actionSpace(choices: readonly Choice[]) {
  return hybrid({
    choice: categorical({ categories: choices.length }),
    parameters: real({ size: widestOf(choices) }),
  });
}

function widestOf(choices: readonly Choice[]): number {
  return Math.max(1, ...choices.map(({ low }) => low.length));
}

/** An action in the units of the environment. */
export function inUnitsOf(
  { choices }: Pick<Environment<unknown>, 'choices'>,
  action: UnitAction,
): ParameterisedAction {
  const { low = [], high = [] } = choices[action.choice] ?? {};
  const parameters = low.map((lowest, k) => {
    const share = ((action.parameters[k] ?? 0) + 1) / 2;
    return lowest + share * ((high[k] ?? 0) - lowest);
  });
  return { choice: action.choice, parameters };
}

/**
 * A small network with two heads: logits over the choices, and for each choice the means of its parameters, whose
 * standard deviations are free numbers. Both heads start at 0, so at first all choices are equally likely, and all
 * parameters lie around the middle of their boxes.
 */
export function createMlpPolicy<Prompt extends Observed>(
  environment: Pick<Environment<unknown>, 'choices' | 'observationSize'>,
  options: {
    readonly hiddenSize: number;
    readonly standardDeviation: number;
    readonly random: Random;
  },
): MlpPolicy<Prompt> {
  const { choices, observationSize } = environment;
  const { hiddenSize, standardDeviation, random } = options;
  const width = widestOf(choices);
  const choiceCount = choices.length;
  const parameters = createParameterStore({
    'layer1.weight': randomMatrix(observationSize, hiddenSize, random.split('layer1')),
    'layer1.bias': zeros([hiddenSize]),
    'layer2.weight': randomMatrix(hiddenSize, hiddenSize, random.split('layer2')),
    'layer2.bias': zeros([hiddenSize]),
    'choice.weight': zeros([hiddenSize, choiceCount]),
    'choice.bias': zeros([choiceCount]),
    'mean.weight': zeros([hiddenSize, choiceCount * width]),
    'mean.bias': tensor1d(startingMeans(choices, width)),
    logStandardDeviation: fill([choiceCount, width], Math.log(standardDeviation)),
  });
  return policyOf(environment, parameters);
}

function policyOf<Prompt extends Observed>(
  environment: Pick<Environment<unknown>, 'choices' | 'observationSize'>,
  parameters: ParameterStore,
): MlpPolicy<Prompt> {
  const { choices, observationSize } = environment;
  const width = widestOf(choices);
  const widths = choices.map(({ low }) => low.length);
  const choiceCount = choices.length;
  const linear = (input: Tensor2D, layer: string): Tensor2D =>
    add(
      matMul(input, parameters.get(`${layer}.weight`) as Tensor2D),
      parameters.get(`${layer}.bias`) as Tensor1D,
    );

  /** Logits [B, C], and means [B * C, width]: row b * C + c belongs to choice c. */
  function heads(observations: readonly (readonly number[])[]): { logits: Tensor2D; means: Tensor2D } {
    const input = tensor2d(Float32Array.from(observations.flat()), [observations.length, observationSize]);
    const hidden = tanh(linear(tanh(linear(input, 'layer1')), 'layer2'));
    return {
      logits: linear(hidden, 'choice'),
      means: reshape(linear(hidden, 'mean'), [observations.length * choiceCount, width]),
    };
  }

  /** What actions are drawn from, as plain numbers. */
  function evaluate(observations: readonly (readonly number[])[]): ActionSampler {
    const { logits, means } = tidy(() => {
      const tensors = heads(observations);
      return { logits: tensors.logits.dataSync<'float32'>(), means: tensors.means.dataSync<'float32'>() };
    });
    const deviations = parameters.get('logStandardDeviation').dataSync<'float32'>().map(Math.exp);
    return {
      choice: (row, stream) => {
        const ofRow = logits.subarray(row * choiceCount, (row + 1) * choiceCount);
        return stream ? drawChoice(ofRow, stream) : indexOfLargest(ofRow);
      },
      parameters: (row, choice, stream) => {
        const drawn = new Float32Array(width);
        for (let k = 0; k < (widths[choice] ?? 0); k++)
          drawn[k] =
            (means[(row * choiceCount + choice) * width + k] ?? 0) +
            (stream ? (deviations[choice * width + k] ?? 0) * stream.normal() : 0);
        return drawn;
      },
    };
  }

  function score(rollout: Omit<Rollout<Prompt, UnitAction>, 'logProbs'>): ComponentScores {
    const { prompts, candidatesPerPrompt: G, samplesPerCandidate: V, actions } = rollout;
    const { logits, means } = heads(prompts.map(({ observation }) => observation));
    const promptOf = Int32Array.from({ length: prompts.length * G }, (_, candidate) =>
      Math.floor(candidate / G),
    );
    const chosen = promptOf.map((_, candidate) => actions[candidate * V]?.choice ?? 0);
    // The valid set: candidates whose choice has parameters at all.
    const candidates = Int32Array.from(chosen.keys()).filter(
      (candidate) => (widths[chosen[candidate] ?? 0] ?? 0) > 0,
    );
    const choices = candidates.map((candidate) => chosen[candidate] ?? 0);
    const meanRows = candidates.map(
      (candidate, row) => (promptOf[candidate] ?? 0) * choiceCount + (choices[row] ?? 0),
    );
    const drawn = new Float32Array(candidates.length * V * width);
    candidates.forEach((candidate, row) => {
      for (let v = 0; v < V; v++)
        drawn.set(actions[candidate * V + v]?.parameters ?? [], (row * V + v) * width);
    });
    const mask = Float32Array.from({ length: choices.length * width }, (_, index) =>
      index % width < (widths[choices[Math.floor(index / width)] ?? 0] ?? 0) ? 1 : 0,
    );
    const perNumber = diagonalGaussianGroupLogProbs(
      drawn,
      gatherRows(means, meanRows),
      gatherRows(parameters.get('logStandardDeviation') as Tensor2D, choices),
      1,
    );
    return {
      logProbs: {
        choice: {
          kind: 'sequence',
          values: tokenLogProbs(gatherRows(logits, promptOf), chosen),
          offsets: Int32Array.from({ length: chosen.length + 1 }, (_, candidate) => candidate),
        },
        parameters: {
          kind: 'nested',
          values: sum(mul(perNumber, tensor3d(mask, [choices.length, 1, width])), 2, true),
          candidates,
          groups: 1,
        },
      },
    };
  }

  return {
    space: actionSpace(choices),
    parameters,
    score,
    clone: () => policyOf(environment, parameters.clone()),
    act(prompts, { candidatesPerPrompt, samplesPerCandidate, random: stream }) {
      const sampler = evaluate(prompts.map(({ observation }) => observation));
      const actions = prompts.flatMap((_, row) =>
        Array.from({ length: candidatesPerPrompt }, () => sampler.choice(row, stream)).flatMap((choice) =>
          Array.from({ length: samplesPerCandidate }, (): UnitAction => ({
            choice,
            parameters: sampler.parameters(row, choice, stream),
          })),
        ),
      );
      const acted = { prompts, candidatesPerPrompt, samplesPerCandidate, actions, policyVersion: 0 };
      return Promise.resolve({ ...acted, logProbs: readLogProbs(() => score(acted)) });
    },
    choose(observations, randoms, drawn = EVERYTHING) {
      if (observations.length === 0) return [];
      const sampler = evaluate(observations);
      return observations.map((_, row) => {
        const stream = randoms[row];
        const choice = sampler.choice(row, drawn.choice ? stream : undefined);
        const numbers = sampler.parameters(row, choice, drawn.parameters ? stream : undefined);
        return { choice, parameters: numbers };
      });
    },
  };
}

/** Where the parameters of each choice start, in units of half its box. */
function startingMeans(choices: readonly Choice[], width: number): Float32Array {
  const means = new Float32Array(choices.length * width);
  choices.forEach(({ low, high, start }, choice) => {
    start?.forEach((value, k) => {
      const [lowest, highest] = [low[k] ?? -1, high[k] ?? 1];
      means[choice * width + k] = (2 * (value - lowest)) / (highest - lowest) - 1;
    });
  });
  return means;
}

/** Draws for the observation of a row; without a stream, the most likely. */
interface ActionSampler {
  choice(row: number, stream: Random | undefined): number;
  parameters(row: number, choice: number, stream: Random | undefined): Float32Array;
}

function drawChoice(logits: Float32Array, random: Random): number {
  const largest = logits[indexOfLargest(logits)] ?? 0;
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - largest);
  let left = random.uniform() * total;
  for (let choice = 0; choice < logits.length; choice++) {
    left -= Math.exp((logits[choice] ?? 0) - largest);
    if (left < 0) return choice;
  }
  return indexOfLargest(logits);
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++)
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  return best;
}

/** Orthogonality does not matter at this size; a variance that keeps the signal's does. */
function randomMatrix(rows: number, columns: number, random: Random): Tensor2D {
  const values = random.fillNormal(new Float32Array(rows * columns)).map((value) => value / Math.sqrt(rows));
  return tensor2d(values, [rows, columns]);
}
