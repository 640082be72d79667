// Prints the table of RESULTS.md from the runs that `npm run benchmark` has recorded.
import { PROBLEMS } from './problems.js';
import { HYAR_TABLE_2 } from './published.js';
import { readRuns, type BenchmarkRun } from './runs.js';

const runs = readRuns();
const show = (values: readonly number[]): string => {
  if (values.length === 0) return '-';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length < 2 ? NaN : Math.sqrt(squares / (values.length - 1));
  const spread = Number.isNaN(deviation) ? '' : ` ± ${deviation.toFixed(2)}`;
  return `${mean.toFixed(2)}${spread} (${values.length})`;
};

const header = [
  ...['problem', 'HyGRPO', 'HyGRPO, drawn', 'choice only', 'parameters only', 'steps, millions'],
  ...['P-DQN', 'HPPO', 'HyAR-DDPG', 'HyAR-TD3'],
];
console.log(`| ${header.join(' | ')} |\n|${' --- |'.repeat(header.length)}`);
for (const { key, name, measure } of PROBLEMS) {
  const of = (trained: BenchmarkRun['trained']): readonly BenchmarkRun[] =>
    runs.filter((run) => run.problem === key && run.trained === trained);
  const both = of('both');
  if (both.length === 0) continue;
  const published = HYAR_TABLE_2[key]?.map(
    ({ mean, standardDeviation }) => `${mean.toFixed(2)} ± ${standardDeviation.toFixed(2)}`,
  );
  // An ablation is shown at the better of its two figures.
  const ablation = (trained: BenchmarkRun['trained']): string =>
    show(of(trained).map(({ greedy, sampled }) => Math.max(greedy, sampled)));
  const steps = both.reduce((sum, { environmentSteps }) => sum + environmentSteps, 0) / both.length;
  const cells = [
    `${name}, ${measure}`,
    show(both.map(({ greedy }) => greedy)),
    show(both.map(({ sampled }) => sampled)),
    ablation('choice'),
    ablation('parameters'),
    (steps / 1e6).toFixed(2),
    ...(published ?? ['-', '-', '-', '-']),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
