// A process that trains the bandit with checkpoints until somebody kills it: `killable-run.ts FOLDER ITERATIONS`.
// Prints `start N` and then the number of iterations done after each one; in the end the parameters, as JSON.
import { join } from 'node:path';
import { useBackend } from '@pose-rft/tensor';
import { trainHyGRPO } from '../index.js';
import { fileCheckpoints, jsonlLog } from '../node.js';
import { banditConfig, banditRun, parametersOf } from './hybrid-bandit.js';

const [folder = '', iterations = ''] = process.argv.slice(2);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await useBackend('cpu');
const run = banditRun({
  config: { ...banditConfig, iterations: Number(iterations), innerEpochs: 2, minibatches: 2 },
  checkpoints: { store: fileCheckpoints(join(folder, 'checkpoints')), everyIterations: 2, resume: true },
  callbacks: [
    { onStart: ({ iteration }) => say(`start ${iteration}`) },
    jsonlLog(join(folder, 'metrics.jsonl')),
  ],
});
for await (const { iteration } of trainHyGRPO(run)) say(String(iteration + 1));
say(JSON.stringify(parametersOf(run.policy)));
