import { createSyntheticSet } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { evaluate } from '../evaluation/evaluate.js';
import { formatMetric, METRIC_NAMES, METRICS } from '../evaluation/metrics.js';
import { loadModelOrShipped } from '../model/shipped-checkpoint.js';
import { createProgressDisplay } from '../progress/progress-display.js';
import { bootstrapMean } from '../statistics/bootstrap.js';
import { backendOption, parseBackend } from './backend-option.js';
import type { Command } from './command.js';
import { BENCHMARK_OPTIONS, benchmarkNameOf, evaluateBenchmark } from './evaluate-benchmark.js';

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'measures a model on held-out prompts, or any model on a benchmark',
  options: {
    model: {
      type: 'string',
      value: 'DIR',
      description: 'checkpoint folder (default: the tuned one that ships)',
    },
    prompts: { type: 'string', value: 'N', default: '1024', description: 'held-out prompts' },
    candidates: { type: 'string', value: 'N', default: '4', description: 'sampled answers per prompt' },
    seed: { type: 'string', value: 'N', default: '1', description: 'of prompts and sampling' },
    backend: backendOption,
    ...BENCHMARK_OPTIONS,
  },
  async run(input) {
    const benchmark = benchmarkNameOf(input);
    if (benchmark !== undefined) return evaluateBenchmark(benchmark, input);
    const count = input.number('prompts', { min: 1, max: 1_000_000, integer: true });
    const candidatesPerPrompt = input.number('candidates', { min: 1, max: 256, integer: true });
    const seed = input.number('seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    await useBackend(parseBackend(input));
    const model = await loadModelOrShipped(input.text('model'), 'tuned');
    const display = createProgressDisplay(process.stdout);
    const result = await evaluate({
      model,
      prompts: createSyntheticSet({ count, seed, split: 'test' }).map(({ prompt }) => prompt),
      random: createRandom(seed).split('evaluation'),
      candidatesPerPrompt,
      onProgress: (done) => display.update({ phase: 'evaluating', done, total: count, figures: [] }),
    });
    display.finish();
    const width = Math.max(...METRIC_NAMES.map((metric) => METRICS[metric].label.length));
    for (const metric of METRIC_NAMES) {
      const { mean, low, high } = bootstrapMean(result.perPrompt[metric]);
      process.stdout.write(
        `${METRICS[metric].label.padEnd(width)}  ${formatMetric(metric, mean).padStart(9)}  ` +
          `(95 %: ${formatMetric(metric, low)} to ${formatMetric(metric, high)})\n`,
      );
    }
    model.dispose();
  },
};
