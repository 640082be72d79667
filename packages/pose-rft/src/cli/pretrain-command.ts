import { createSyntheticSet } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { evaluate } from '../evaluation/evaluate.js';
import { formatMetric, meanOf, METRIC_NAMES, METRICS } from '../evaluation/metrics.js';
import { savePoseModel } from '../model/pose-model-checkpoint.js';
import { createProgressDisplay } from '../progress/progress-display.js';
import { pretrain, PRETRAINING } from '../recipes/pretrain.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import { backendOption, parseBackend } from './backend-option.js';
import type { Command } from './command.js';

const COUNT = { min: 1, max: 10_000_000, integer: true };

export const pretrainCommand: Command = {
  name: 'pretrain',
  summary: 'trains the supervised model that the repository ships, from nothing',
  options: {
    out: { type: 'string', value: 'DIR', default: './out/sft', description: 'checkpoint folder to write' },
    steps: {
      type: 'string',
      value: 'N',
      default: String(PRETRAINING.steps),
      description: 'steps of 32 samples',
    },
    samples: {
      type: 'string',
      value: 'N',
      default: String(PRETRAINING.samples),
      description: 'training samples',
    },
    seed: { type: 'string', value: 'N', default: '1', description: 'of data, parameters and batches' },
    backend: backendOption,
  },
  async run(input) {
    const steps = input.number('steps', COUNT);
    const samples = input.number('samples', COUNT);
    const seed = input.number('seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    const folder = await prepareOutputFolder(input.text('out') ?? './out/sft');
    await useBackend(parseBackend(input));
    const display = createProgressDisplay(process.stdout);
    const smooth = createSmoother();
    const model = pretrain({
      seed,
      steps,
      samples,
      onStep: (step) =>
        display.update({
          phase: 'supervised training',
          done: step.step,
          total: steps,
          figures: [
            ['cross entropy', smooth('cross entropy', step.crossEntropy).toFixed(3)],
            ['pose error', smooth('pose error', step.poseMeanSquaredError).toFixed(4)],
            ['sigma NLL', smooth('sigma NLL', step.poseNegativeLogLikelihood).toFixed(3)],
            ['learning rate', step.learningRate.toExponential(1)],
          ],
        }),
    });
    await savePoseModel(folder, model);
    const prompts = createSyntheticSet({ count: 768, seed: 1, split: 'validation' }).map(
      ({ prompt }) => prompt,
    );
    const result = await evaluate({ model, prompts, random: createRandom(1).split('evaluation') });
    display.finish();
    const figures = METRIC_NAMES.map(
      (metric) => `${METRICS[metric].label} ${formatMetric(metric, meanOf(result, metric))}`,
    );
    process.stdout.write(`${figures.join('\n')}\ncheckpoint: ${folder}\n`);
    model.dispose();
  },
};

/** An exponential mean per name: single batches jump too much to read. */
function createSmoother(): (name: string, value: number) => number {
  const means = new Map<string, number>();
  return (name, value) => {
    const mean = 0.98 * (means.get(name) ?? value) + 0.02 * value;
    means.set(name, mean);
    return mean;
  };
}
