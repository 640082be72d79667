import { join } from 'node:path';
import { useBackend, writeFileAtomically } from '@pose-rft/tensor';
import type { Experiment, Finding } from '../experiments/experiment.js';
import { EXPERIMENTS } from '../experiments/experiments.js';
import { loadEvaluators } from '../experiments/pose-judges.js';
import { runExperiment } from '../experiments/run-experiment.js';
import type { RunResult } from '../experiments/run-result.js';
import { loadModelOrShipped } from '../model/shipped-checkpoint.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import { backendOption, parseBackend } from './backend-option.js';
import { UsageError, type Command, type CommandInput } from './command.js';

const COUNT = { min: 1, max: 10_000_000, integer: true };
const NAMES = EXPERIMENTS.map(({ name }) => name).join('|');

/** A few iterations on a few prompts: shows that everything works, and nothing else. */
const SHORT = { seeds: 1, iterations: 3, samples: 64, prompts: 16 };

export const experimentCommand: Command = {
  name: 'experiment',
  summary: 'runs an experiment over seeds, and writes its tables and plots',
  wordsUsage: NAMES,
  options: {
    seeds: { type: 'string', value: 'N', default: '3', description: 'how many seeds, from 1 on' },
    iterations: { type: 'string', value: 'N', description: "in place of the experiment's own" },
    samples: { type: 'string', value: 'N', default: '8000', description: 'training samples of a seed' },
    prompts: { type: 'string', value: 'N', default: '512', description: 'held-out prompts' },
    only: { type: 'string', value: 'A,B', description: 'only these variants' },
    start: { type: 'string', value: 'DIR', description: 'model to start from, in place of the shipped one' },
    short: { type: 'boolean', description: 'a few iterations, to see that it works' },
    out: {
      type: 'string',
      value: 'DIR',
      description:
        'folder for runs, tables and plots (default ./out/experiment-NAME); finished runs are kept',
    },
    backend: backendOption,
  },
  async run(input) {
    const experiment = parseExperiment(input);
    const only = parseVariants(input, experiment);
    const folder = await prepareOutputFolder(input.text('out') ?? `./out/experiment-${experiment.name}`);
    const isShort = input.flag('short');
    const given = (option: 'seeds' | 'samples' | 'prompts'): number =>
      isShort ? SHORT[option] : input.number(option, COUNT);
    const iterations =
      input.text('iterations') === undefined
        ? isShort
          ? SHORT.iterations
          : experiment.iterations
        : input.number('iterations', COUNT);
    await useBackend(parseBackend(input));
    const start = await loadModelOrShipped(input.text('start'), 'sft');
    const evaluators = await loadEvaluators();
    const results: RunResult[] = [];
    try {
      const runs = runExperiment({
        experiment,
        seeds: given('seeds'),
        iterations,
        trainingSamples: given('samples'),
        prompts: given('prompts'),
        ...(only === undefined ? {} : { only }),
        start,
        evaluators,
        folder: join(folder, 'runs'),
      });
      for await (const { result, wasKept, done, of } of runs) {
        results.push(result);
        process.stdout.write(`${runLine(result, wasKept, `${done} of ${of}`)}\n`);
      }
    } finally {
      evaluators.dispose();
      start.dispose();
    }
    await writeFindings(folder, experiment.findings(results));
    process.stdout.write(`\nwritten to ${folder}\n`);
  },
};

function runLine({ settings, metrics, cost }: RunResult, wasKept: boolean, progress: string): string {
  const seconds = settings.iterations * (cost.sampling + cost.rewards + cost.reference + cost.update);
  const how = wasKept ? 'kept' : Number.isNaN(seconds) ? 'evaluated' : `${seconds.toFixed(0)} CPU s`;
  const { formatRate, mpjpeMean, satisfiedMean } = metrics;
  return (
    `${progress}: seed ${settings.seed}, ${settings.variant.label} (${how}): format ${(100 * formatRate).toFixed(1)} %, ` +
    `satisfied ${(100 * satisfiedMean).toFixed(1)} %, MPJPE ${mpjpeMean.toFixed(1)} mm`
  );
}

async function writeFindings(folder: string, findings: readonly Finding[]): Promise<void> {
  const parts: string[] = [];
  for (const finding of findings) {
    if (finding.kind === 'plot') {
      await writeFileAtomically(join(folder, finding.file), finding.svg);
      parts.push(`## ${finding.title}\n\n![${finding.title}](${finding.file})\n`);
    } else parts.push(`## ${finding.title}\n\n${finding.markdown}\n`);
  }
  await writeFileAtomically(join(folder, 'findings.md'), parts.join('\n'));
  process.stdout.write(`\n${parts.filter((part) => part.includes('|')).join('\n')}`);
}

function parseExperiment({ words }: CommandInput): Experiment {
  const [name, ...more] = words;
  const found = EXPERIMENTS.find((experiment) => experiment.name === name);
  if (found === undefined || more.length > 0)
    throw new UsageError(`experiment: name one of ${NAMES}, got "${words.join(' ')}"`);
  return found;
}

function parseVariants(input: CommandInput, { name, variants }: Experiment): readonly string[] | undefined {
  const list = input.text('only');
  if (list === undefined) return undefined;
  const names = list.split(',').map((each) => each.trim());
  for (const each of names)
    if (!variants.some((variant) => variant.name === each))
      throw new UsageError(
        `--only: "${each}" is no variant of ${name}; they are ${variants.map((variant) => variant.name).join(', ')}`,
      );
  return names;
}
