import { join, resolve } from 'node:path';
import { useBackend, writeFileAtomically } from '@pose-rft/tensor';
import { comparisonLines } from '../evaluation/comparison-lines.js';
import { loadModelOrShipped } from '../model/shipped-checkpoint.js';
import { savePoseModel } from '../model/pose-model-checkpoint.js';
import { createProgressDisplay } from '../progress/progress-display.js';
import { formatDuration } from '../progress/format-duration.js';
import {
  REINFORCEMENT_METHODS,
  reinforcementMethod,
  type ReinforcementMethod,
} from '../recipes/reinforcement-method.js';
import { htmlReport } from '../report/html-report.js';
import { drawableCurves } from '../run/curves.js';
import { fineTune } from '../run/fine-tune.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import { loadRunCheckpoint, removeRunCheckpoints, type RunSettings } from '../run/run-checkpoint.js';
import { backendOption, parseBackend } from './backend-option.js';
import { UsageError, type Command, type CommandInput } from './command.js';

const COUNT = { min: 1, max: 1_000_000, integer: true };
const METHOD_NAMES = Object.keys(REINFORCEMENT_METHODS).join(', ');

export const rftCommand: Command = {
  name: 'rft',
  summary: 'reinforcement-fine-tunes the model by HyGRPO and writes a report',
  options: {
    out: {
      type: 'string',
      value: 'DIR',
      default: './out',
      description: 'folder for report, model, checkpoints',
    },
    resume: {
      type: 'boolean',
      description: 'continues the interrupted run in the output folder, as it was started',
    },
    method: { type: 'string', value: 'NAME', default: 'hygrpo', description: `one of ${METHOD_NAMES}` },
    iterations: { type: 'string', value: 'N', default: '900', description: 'updates' },
    prompts: { type: 'string', value: 'N', default: '512', description: 'held-out prompts to evaluate on' },
    samples: { type: 'string', value: 'N', default: '20000', description: 'training prompts' },
    seed: { type: 'string', value: 'N', default: '1', description: 'of data, sampling and updates' },
    start: {
      type: 'string',
      value: 'DIR',
      description: 'checkpoint to start from (default: the one that ships)',
    },
    'checkpoint-every': {
      type: 'string',
      value: 'N',
      default: '50',
      description: 'updates between checkpoints',
    },
    backend: backendOption,
    short: { type: 'boolean', description: 'a few iterations only, to see that everything works' },
  },
  async run(input) {
    // Before anything is loaded or removed: a mistyped option costs nothing.
    const requested = settingsFrom(input);
    const iterationsPerCheckpoint = input.number('checkpoint-every', COUNT);
    const outputFolder = await prepareOutputFolder(input.text('out') ?? './out');
    const report = await useBackend(parseBackend(input));
    const display = createProgressDisplay(process.stdout);
    display.log(`backend: ${report.description}`);
    const resumed = input.flag('resume') ? await loadRunCheckpoint(outputFolder) : undefined;
    const settings = resumed?.settings ?? requested;
    const start = await loadModelOrShipped(settings.start, 'sft');
    if (resumed === undefined) await removeRunCheckpoints(outputFolder);
    else
      display.log(
        `continuing ${settings.method} after iteration ${resumed.iteration} of ${settings.iterations}`,
      );

    const stop = stopOnInterrupt(display.log);
    const outcome = await fineTune({
      outputFolder,
      settings,
      start,
      display,
      iterationsPerCheckpoint,
      signal: stop.signal,
      ...(resumed === undefined ? {} : { resumed }),
    });
    display.finish();
    stop.release();
    if (outcome.kind === 'stopped') {
      const next =
        outcome.iteration === 0
          ? 'nothing was learnt yet, so there is nothing to resume'
          : `npm start -- --resume --out ${outputFolder} goes on from there`;
      process.stdout.write(
        `stopped after iteration ${outcome.iteration} of ${settings.iterations}; ${next}\n`,
      );
      start.dispose();
      return;
    }
    const { before, after, curves, gallery, model, trainingSeconds } = outcome;
    await savePoseModel(join(outputFolder, 'model'), model);
    const reportPath = join(outputFolder, 'report.html');
    await writeFileAtomically(
      reportPath,
      htmlReport({
        title: 'Pose-RFT: reinforcement fine-tuning by HyGRPO',
        summary: `${settings.iterations} iterations of ${reinforcementMethod(settings.method).summary}, in ${formatDuration(trainingSeconds)} on ${report.description}.`,
        facts: runFacts(settings, report.description, trainingSeconds),
        curves: drawableCurves(curves),
        before,
        after,
        gallery,
      }),
    );
    await writeFileAtomically(join(outputFolder, 'curves.json'), JSON.stringify(curves));
    process.stdout.write(`\n${comparisonLines(before, after).join('\n')}\n\n`);
    process.stdout.write(`report: ${reportPath}\nmodel:  ${join(outputFolder, 'model')}\n`);
    model.dispose();
    start.dispose();
  },
};

function settingsFrom(input: CommandInput): RunSettings {
  const method = input.text('method') ?? 'hygrpo';
  if (!isMethod(method)) throw new UsageError(`--method must be one of ${METHOD_NAMES}, got "${method}"`);
  const short = input.flag('short');
  const start = input.text('start');
  return {
    method,
    seed: input.number('seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }),
    iterations: short ? 12 : input.number('iterations', COUNT),
    evaluationPrompts: short ? 64 : input.number('prompts', COUNT),
    // Two at least: the kinds of prompts alternate, and a run needs both.
    trainingSamples: short ? 1000 : input.number('samples', { ...COUNT, min: 2 }),
    ...(start === undefined ? {} : { start: resolve(start) }),
  };
}

function isMethod(name: string): name is ReinforcementMethod {
  return Object.hasOwn(REINFORCEMENT_METHODS, name);
}

function runFacts(
  settings: RunSettings,
  backend: string,
  trainingSeconds: number,
): Readonly<Record<string, string>> {
  const method = reinforcementMethod(settings.method);
  return {
    method: `${settings.method}: ${method.summary}`,
    iterations: String(settings.iterations),
    'per iteration': `${2 * method.promptsPerKind} prompts (half text, half evidence), ${method.candidatesPerPrompt} answers each, ${method.samplesPerCandidate} poses per answer`,
    seed: String(settings.seed),
    'training prompts': String(settings.trainingSamples),
    backend,
    'training time': formatDuration(trainingSeconds),
    platform: `Node ${process.version}, ${process.platform} ${process.arch}`,
  };
}

/** The first interrupt ends the run cleanly after the present iteration; a second one ends the process. */
function stopOnInterrupt(log: (line: string) => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    log('stopping after this iteration; the checkpoint is written then (Ctrl-C again: at once)');
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onInterrupt);
    },
  };
}
