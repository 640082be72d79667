// A barista learns from rewards alone what three customers want: a drink (a discrete choice) and, if it is coffee, the
// right milk and sugar (two numbers).
import { createCategorical, readLogProbs } from '@pose-rft/hybrid-actions';
import type { ComponentScores, HybridPolicy, Rollout } from '@pose-rft/hybrid-actions';
import { trainHyGRPO } from '@pose-rft/hygrpo';
import { createRandom } from '@pose-rft/random';
import * as tf from '@pose-rft/tensor';
import { COFFEE, rightDrink, rightTaste, space, WISHES, type Action } from './cafe.js';

const iterations = process.argv.includes('--short') ? 60 : 200;
await tf.useBackend('cpu'); // a few numbers: nothing to speed up

// The policy: a row a customer of logits, and of the mean and log standard deviation of the taste.
const parameters = tf.createParameterStore({
  logits: tf.zeros([3, 3]),
  mean: tf.zeros([3, 2]),
  logStd: tf.fill([3, 2], -1),
});
const rowsOf = (name: string, customers: Int32Array) =>
  tf.gatherRows(parameters.get(name) as tf.Tensor2D, customers);
const customersOf = (prompts: readonly number[], G: number) =>
  Int32Array.from({ length: prompts.length * G }, (_, candidate) => prompts[Math.floor(candidate / G)] ?? 0);

function score(rollout: Omit<Rollout<number, Action>, 'logProbs'>): ComponentScores {
  const { prompts, candidatesPerPrompt: G, samplesPerCandidate: V, actions } = rollout;
  const customers = customersOf(prompts, G);
  const drinks = customers.map((_, candidate) => actions[candidate * V]?.drink ?? 0);
  const candidates = Int32Array.from(drinks.keys()).filter((candidate) => drinks[candidate] === COFFEE);
  const drinkers = candidates.map((candidate) => customers[candidate] ?? 0);
  const tastes = Float32Array.from(actions.flatMap(({ taste = [] }) => [...taste]));
  const [mean, logStd] = [rowsOf('mean', drinkers), rowsOf('logStd', drinkers)];
  const drinkLogProbs = tf.tokenLogProbs(rowsOf('logits', customers), drinks);
  const tasteLogProbs = tf.diagonalGaussianGroupLogProbs(tastes, mean, logStd, 2); // [coffees, V, 1]
  const offsets = Int32Array.from({ length: customers.length + 1 }, (_, candidate) => candidate);
  return {
    logProbs: {
      drink: { kind: 'sequence', values: drinkLogProbs, offsets },
      taste: { kind: 'nested', values: tasteLogProbs, candidates, groups: 1 },
    },
  };
}

const policy: HybridPolicy<number, Action> = {
  space,
  parameters,
  score,
  act(prompts, { candidatesPerPrompt, samplesPerCandidate, random }) {
    const customers = customersOf(prompts, candidatesPerPrompt);
    const drinks = tf.tidy(() => [
      ...createCategorical(rowsOf('logits', customers)).sample(random).dataSync(),
    ]);
    const [mean, logStd] = [parameters.get('mean').dataSync(), parameters.get('logStd').dataSync()];
    const draw = (at: number) => (mean[at] ?? 0) + Math.exp(logStd[at] ?? 0) * random.normal();
    const serve = (chosen: number, at: number): Action =>
      chosen === COFFEE
        ? { drink: chosen, taste: Float32Array.of(draw(at), draw(at + 1)) }
        : { drink: chosen };
    const actions = drinks.flatMap((chosen, candidate) =>
      Array.from({ length: samplesPerCandidate }, () => serve(chosen, 2 * (customers[candidate] ?? 0))),
    );
    const acted = { prompts, candidatesPerPrompt, samplesPerCandidate, actions, policyVersion: 0 };
    return Promise.resolve({ ...acted, logProbs: readLogProbs(() => score(acted)) });
  },
};

const steps = trainHyGRPO({
  policy,
  rewards: [rightDrink, rightTaste],
  nextPrompts: (_, random) => Array.from({ length: 6 }, () => random.integer(WISHES.length)),
  config: {
    iterations,
    candidatesPerPrompt: 8,
    samplesPerCandidate: 4,
    learningRate: 0.05,
    components: { drink: {}, taste: {} },
  },
  random: createRandom(1),
});
for await (const { iteration, metrics, flat } of steps)
  if (iteration % 10 === 0 || flat)
    console.log(
      `${String(iteration).padStart(3)}  right drink ${metrics['rewards/drink/mean']?.toFixed(2)}  ` +
        `right taste ${metrics['rewards/taste/mean']?.toFixed(2)}  ${flat ?? ''}`,
    );
