// Trains one policy on one of the problems, and prints how it gets on:
//   npm start -- --problem=goal --seed=2 --trained=choice
import { useBackend } from '@pose-rft/tensor';
import { parseArgs } from 'node:util';
import { PROBLEMS } from './problems.js';
import type { Trained } from './training.js';

const { values } = parseArgs({
  options: {
    problem: { type: 'string', default: 'catch-point' },
    seed: { type: 'string', default: '1' },
    trained: { type: 'string', default: 'both' },
    short: { type: 'boolean', default: false },
  },
});
const problem = PROBLEMS.find(({ key }) => key === values.problem);
const trained = (['both', 'choice', 'parameters'] satisfies Trained[]).find(
  (name) => name === values.trained,
);
if (!problem || !trained)
  throw new Error(
    `unknown --problem=${values.problem} or --trained=${values.trained}; ` +
      `problems: ${PROBLEMS.map(({ key }) => key).join(', ')}; trained: both, choice, parameters`,
  );

const { backend } = await useBackend('auto');
const settings = values.short ? { ...problem.settings, iterations: 20 } : problem.settings;
console.log(`${problem.name}, ${problem.measure}, backend ${backend}`, settings);
const result = await problem.run({
  seed: Number(values.seed),
  trained,
  settings,
  evaluationEpisodes: values.short ? 100 : 1000,
  onProgress: ({ iteration, measure, environmentSteps }) => {
    console.log(
      `${String(iteration).padStart(4)}  ${problem.measure} ${measure.toFixed(3)}  after ${environmentSteps} steps`,
    );
  },
});
console.log(`${problem.measure}: ${result.greedy.toFixed(3)} greedy, ${result.sampled.toFixed(3)} sampled`);
