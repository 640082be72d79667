// This side of bench.ts, one task in a process of its own: node ... policy-own.ts BACKEND TASK
import { createHyGrpoOptimizer, trainHyGRPO } from '@pose-rft/hygrpo';
import {
  createDecoder,
  createMllmParameters,
  createPosePolicy,
  createTokenizer,
  mllmConfig,
  sampleAnswers,
  supervisedLoss,
  type MllmAction,
  type MllmConfig,
  type MllmPrompt,
  type Tokenizer,
} from '@pose-rft/mllm';
import { createRandom, type Random } from '@pose-rft/random';
import { createAdamW, dispose, useBackend, valueAndGradients, type BackendName } from '@pose-rft/tensor';
import { measureRates } from './backend-rates.js';
import { profileKernels } from './kernel-profile.js';
import type { ModelShape, PolicyTask, TaskResult } from './policy-tasks.js';

const [, , backend, taskText] = process.argv;
const task = JSON.parse(taskText ?? '') as PolicyTask;
await useBackend(backend as BackendName);
process.stdout.write(`${JSON.stringify(await measure())}\n`);

async function measure(): Promise<TaskResult> {
  switch (task.kind) {
    case 'sft':
      return supervisedSteps(task);
    case 'sampling':
      return samplings(task);
    case 'iteration':
      return iterations(task);
    case 'coldStart':
      return coldStart(task);
    case 'rates':
      return { seconds: [], rates: await measureRates(task.seconds) };
  }
}

function modelOf(shape: ModelShape): { config: MllmConfig; tokenizer: Tokenizer; random: Random } {
  const special = createTokenizer([]).size;
  const tokenizer = createTokenizer(
    Array.from({ length: shape.vocabularySize - special }, (_, index) => `w${index}`),
  );
  const config = mllmConfig('small', {
    hiddenSize: shape.hiddenSize,
    layerCount: shape.layerCount,
    headCount: shape.headCount,
    intermediateSize: shape.intermediateSize,
    vocabularySize: shape.vocabularySize,
    maxPositions: 2048,
  });
  return { config, tokenizer, random: createRandom(1) };
}

function words(config: MllmConfig, count: number, random: Random): number[] {
  const special = createTokenizer([]).size;
  return Array.from({ length: count }, () => special + random.integer(config.vocabularySize - special));
}

/** Seconds of each call, after one that does not count. */
async function repeat(call: () => unknown, seconds: number): Promise<number[]> {
  await call();
  const times: number[] = [];
  const begin = performance.now();
  while (performance.now() - begin < 1000 * seconds || times.length < 3) {
    const start = performance.now();
    await call();
    times.push((performance.now() - start) / 1000);
  }
  return times;
}

async function supervisedSteps(sft: Extract<PolicyTask, { kind: 'sft' }>): Promise<TaskResult> {
  const { config, random } = modelOf(sft);
  const parameters = createMllmParameters({ config, random });
  const decoder = createDecoder({ config, parameters });
  const optimizer = createAdamW({ maxGradientNorm: 1 });
  const batch = Array.from({ length: sft.sequences }, () => ({
    promptIds: words(config, sft.promptTokens, random),
    answerIds: words(config, sft.answerTokens, random),
  }));
  const step = (): void => {
    const { gradients } = valueAndGradients(parameters, () => supervisedLoss(decoder, batch));
    optimizer.step(parameters, gradients, 1e-4);
    dispose(gradients);
  };
  const seconds = await repeat(step, sft.seconds);
  return { seconds, profile: await profileKernels(step) };
}

async function samplings(sampling: Extract<PolicyTask, { kind: 'sampling' }>): Promise<TaskResult> {
  const { config, random } = modelOf(sampling);
  const decoder = createDecoder({ config, parameters: createMllmParameters({ config, random }) });
  const prompts = Array.from({ length: sampling.prompts }, () => ({
    promptIds: words(config, sampling.promptTokens, random),
  }));
  const wanted = sampling.prompts * sampling.candidates * sampling.newTokens;
  const times: number[] = [];
  const sample = async (): Promise<void> => {
    const start = performance.now();
    const { logProbs } = await sampleAnswers(decoder, prompts, {
      candidatesPerPrompt: sampling.candidates,
      maxNewTokens: sampling.newTokens,
      random,
    });
    // Some answers end early: the time is scaled to the tokens that the peer makes.
    times.push(((performance.now() - start) / 1000) * (wanted / logProbs.length));
  };
  await repeat(sample, sampling.seconds);
  const seconds = times.slice(1);
  return { seconds, profile: await profileKernels(sample) };
}

async function iterations(run: Extract<PolicyTask, { kind: 'iteration' }>): Promise<TaskResult> {
  const { config, tokenizer, random } = modelOf(run);
  const policy = createPosePolicy({
    config,
    tokenizer,
    parameters: createMllmParameters({ config, random }),
    maxNewTokens: run.newTokens,
  });
  const hyGrpo = {
    iterations: run.iterations + 1, // The last is the profile's.
    candidatesPerPrompt: run.candidates,
    learningRate: 1e-4,
    components: { answer: { klCoefficient: 0.02 }, pose: { klCoefficient: 1e-6 } },
  };
  const bytesBefore = process.memoryUsage.rss();
  const seconds: number[] = [];
  let last = performance.now();
  const steps = trainHyGRPO<MllmPrompt, MllmAction>({
    policy,
    reference: policy.clone(),
    rewards: [
      {
        name: 'different words',
        drives: 'answer',
        score: ({ rows }) => ({
          values: Float32Array.from(rows, ({ action }) => new Set(action.answer).size),
        }),
      },
    ],
    nextPrompts: (_, stream) =>
      Array.from({ length: run.prompts }, () => ({ promptIds: words(config, run.promptTokens, stream) })),
    optimizer: createHyGrpoOptimizer(hyGrpo),
    config: hyGrpo,
    random,
  });
  const next = async (): Promise<boolean> => {
    const { value: step, done } = await steps.next();
    if (done === true) return false;
    if (!(step.metrics['grad_norm'] > 0)) throw new Error('nothing was learned: not a fair iteration');
    seconds.push((performance.now() - last) / 1000);
    last = performance.now();
    return true;
  };
  for (let iteration = 0; iteration < run.iterations; iteration++) await next();
  const measured = seconds.slice(1);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { seconds: measured, peakBytes, bytesBefore, profile: await profileKernels(next) };
}

async function coldStart(start: Extract<PolicyTask, { kind: 'coldStart' }>): Promise<TaskResult> {
  const { config, random } = modelOf(start);
  const decoder = createDecoder({ config, parameters: createMllmParameters({ config, random }) });
  const prompts = [{ promptIds: words(config, start.promptTokens, random) }];
  await sampleAnswers(decoder, prompts, { candidatesPerPrompt: 1, maxNewTokens: 1, random });
  return { seconds: [] };
}
