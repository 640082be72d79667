// A barista learns from smiles alone what three customers like: a drink (a choice) and how much sugar (a number).
import { categorical, createCategorical, createDiagonalGaussian } from '@pose-rft/hybrid-actions';
import { hybrid, readLogProbs, real, type ActionOf, type HybridPolicy } from '@pose-rft/hybrid-actions';
import { trainHyGRPO, type Reward } from '@pose-rft/hygrpo';
import { createRandom } from '@pose-rft/random';
import * as tf from '@pose-rft/tensor';

const space = hybrid({ drink: categorical({ categories: 3 }), sugar: real({ size: 1 }) });
type Action = ActionOf<typeof space>; // { drink: number; sugar: Float32Array }
const likes = { drink: [2, 0, 1], sugar: [0.8, -0.4, 0.3] };
const smile = (customer: number, { drink, sugar: [sugar = 0] }: Action) =>
  Number(drink === likes.drink[customer]) + Math.exp(-Math.abs(sugar - (likes.sugar[customer] ?? 0)));

await tf.useBackend('cpu'); // a few numbers: nothing to speed up
const tables = { logits: tf.zeros([3, 3]), mean: tf.zeros([3, 1]), logStd: tf.fill([3, 1], -1) };
const parameters = tf.createParameterStore(tables); // a row a customer
function tastes(prompts: readonly number[], candidates: number) {
  const customers = Int32Array.from(prompts.flatMap((prompt) => Array<number>(candidates).fill(prompt)));
  const rows = (name: string) => tf.gatherRows(parameters.get(name) as tf.Tensor2D, customers);
  const sugar = createDiagonalGaussian({ mean: rows('mean'), logStandardDeviation: rows('logStd') });
  return { drink: createCategorical(rows('logits')), sugar };
}
const policy: HybridPolicy<number, Action> = {
  space,
  parameters,
  act(prompts, { random, ...axes }) {
    const actions = tf.tidy(() => {
      const { drink, sugar } = tastes(prompts, axes.candidatesPerPrompt);
      const [drinks, sugars] = [drink.sample(random).dataSync(), sugar.sample(random).arraySync()];
      return sugars.map((sugar, row) => ({ drink: drinks[row] ?? 0, sugar: Float32Array.from(sugar) }));
    });
    const acted = { ...axes, prompts, actions, logProbs: {}, policyVersion: 0 };
    return Promise.resolve({ ...acted, logProbs: readLogProbs(() => policy.score(acted)) });
  },
  score({ prompts, candidatesPerPrompt, actions }) {
    const { drink, sugar } = tastes(prompts, candidatesPerPrompt);
    const drinks = drink.logProb(tf.tensor1d(Int32Array.from(actions, ({ drink }) => drink)));
    const sugars = tf.reshape(sugar.logProb(tf.tensor2d(actions.map(({ sugar }) => [...sugar]))), [-1, 1, 1]);
    const candidates = Int32Array.from(actions.keys());
    const offsets = Int32Array.of(...candidates, actions.length); // one decision a candidate
    const decisions = { kind: 'sequence', values: drinks, offsets } as const;
    return {
      logProbs: { drink: decisions, sugar: { kind: 'nested', values: sugars, candidates, groups: 1 } },
    };
  },
};

const smiles: Reward<number, Action>['score'] = ({ rows }) => ({
  values: Float32Array.from(rows, ({ prompt, action }) => smile(prompt, action)),
});
const trained = ['drink', 'sugar'].filter((name) => !process.argv.includes(`--freeze-${name}`));
const rewards = trained.map((name) => ({ name, drives: name, score: smiles }));
const iterations = process.argv.includes('--short') ? 60 : 200;
const components = Object.fromEntries(trained.map((name) => [name, {}]));
const config = { iterations, candidatesPerPrompt: 16, learningRate: 0.05, components };
const run = { policy, rewards, nextPrompts: () => [0, 1, 2], config, random: createRandom(1) };
for await (const { iteration, metrics } of trainHyGRPO(run))
  if (iteration % 10 === 0)
    console.log(`${iteration}: smile ${(metrics.reward / trained.length).toFixed(2)}`);
