// The page's training without the page: node ... src/train-in-node.ts [iterations [backend]]
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { useBackend, type BackendName } from '@pose-rft/tensor';
import { trainAndAnswer } from './training.js';

const { resolve } = createRequire(import.meta.url);
const file = (name: string): Uint8Array => readFileSync(resolve(`pose-rft/checkpoints/sft/${name}`));
const [, , iterations = '20', backend = 'wasm'] = process.argv;

const { description } = await useBackend(backend as BackendName);
console.log(description);
const progress = trainAndAnswer({
  files: { config: new TextDecoder().decode(file('config.json')), weights: file('model.safetensors') },
  sentence: () => 'someone squatting with both arms raised',
  iterations: Number(iterations),
});
for await (const { iteration, reward, loss, seconds, text } of progress)
  console.log(
    `${iteration}: reward ${reward.toFixed(3)}, loss ${loss.toFixed(3)}, ${seconds.toFixed(2)} s, "${text}"`,
  );
