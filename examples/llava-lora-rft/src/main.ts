// LLaVA with LoRA, tuned by HyGRPO to tell the poses of stick figures: the real model's code path, from a vision tower to
// an adapter that PEFT loads. Without weights the model is a random one of the same kind.
import { substitutedReference, trainHyGRPO } from '@pose-rft/hygrpo';
import {
  createPosePolicy,
  estimateMemory,
  isLoraSecondFactor,
  saveAdapter,
  type MllmAction,
} from '@pose-rft/mllm';
import { createRandom } from '@pose-rft/random';
import { formatReward, jointProximityReward } from '@pose-rft/rewards';
import { createAdamW, memory, useBackend } from '@pose-rft/tensor';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandomModel, loadModel, PRESETS } from './model.js';
import { drawPicture, type Picture } from './picture.js';

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'small' },
    short: { type: 'boolean', default: false },
    iterations: { type: 'string' },
    model: { type: 'string' },
    recompute: { type: 'boolean', default: false },
    output: { type: 'string' },
  },
});
/** Longest answer in tokens, its end included. */
const LONGEST_ANSWER = 8;
const preset = PRESETS.find((name) => name === values.preset);
if (preset === undefined)
  throw new RangeError(`--preset: expected one of ${PRESETS.join(', ')}, found ${values.preset}`);
const iterations = Number(values.iterations ?? (values.short ? 2 : 20));
const size = values.short
  ? { pictures: 2, candidates: 4, poses: 2 }
  : { pictures: 4, candidates: 8, poses: 4 };

const { backend } = await useBackend('auto');
const random = createRandom(1);
const started = performance.now();
const model =
  values.model === undefined ? createRandomModel(preset, random) : await loadModel(values.model, random);
const { config, parameters, encoder, tower, tokenizer } = model;
const learning = parameters.names.filter((name) => parameters.isTrainable(name));
const learningCount = learning.reduce((sum, name) => sum + parameters.get(name).size, 0);
const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
const millions = (count: number): string => `${(count / 1e6).toFixed(1)} M`;
console.log(
  `${values.model ?? preset} on ${backend}: ${millions(parameters.parameterCount)} parameters, ${millions(learningCount)} of them learn; ` +
    `made in ${((performance.now() - started) / 1000).toFixed(1)} s`,
);

const pictures = Array.from({ length: size.pictures }, (_, index) =>
  drawPicture(tower.config, random.split('pictures').split(index)),
);
// The tower is frozen: every picture goes through it once.
const features = new Map(pictures.map((picture) => [picture, encoder.encode([[picture.pixels]])[0] ?? []]));
const policy = createPosePolicy({
  config,
  tokenizer,
  parameters,
  maxNewTokens: LONGEST_ANSWER,
  recomputesBlocks: values.recompute,
  encodePrompt: (picture: Picture) => model.askAbout(features.get(picture) ?? []),
});
const plan = estimateMemory(
  config,
  {
    promptCount: 1,
    promptTokens: model.askAbout(features.get(pictures[0] as Picture) ?? []).promptIds.length,
    candidatesPerPrompt: size.candidates,
    answerTokens: LONGEST_ANSWER,
    imagesPerPrompt: 1,
  },
  { recomputesBlocks: values.recompute },
);
console.log(
  `planned: ${gibibytes(plan.peak)} of tensors at most, ${gibibytes(plan.optimizer)} of optimiser state`,
);
const steps = trainHyGRPO<Picture, MllmAction>({
  policy,
  // The same model with its adapters switched off.
  reference: substitutedReference(policy, { values: 'zero', parameters: isLoraSecondFactor }),
  rewards: [
    formatReward({ answer: ({ answer }) => tokenizer.decode(answer), template: /^[^<>]*<POSE>[^<>]*$/ }),
    jointProximityReward({
      pose6d: ({ pose }) => pose,
      targetJoints: ({ jointsMetres }: Picture) => jointsMetres,
    }),
  ],
  nextPrompts: () => pictures,
  config: {
    iterations,
    candidatesPerPrompt: size.candidates,
    samplesPerCandidate: size.poses,
    learningRate: 1e-5,
    promptsPerMicroBatch: 1,
    components: { answer: { klCoefficient: 0.04 }, pose: {} },
  },
  optimizer: createAdamW({ weightDecay: 0, maxGradientNorm: 1 }),
  // VLM-R1's rate for the adapters; the heads start from nothing.
  learningRateScale: (name) => (name.includes('.lora_') ? 1 : 100),
  random: random.split('hygrpo'),
});
let last = performance.now();
let lastUsage = process.cpuUsage();
for await (const { iteration, metrics } of steps) {
  const now = performance.now();
  console.log(
    `${iteration}: reward ${metrics.reward.toFixed(3)}, answers with a pose ` +
      `${(100 * (metrics['valid_fraction/pose'] ?? 0)).toFixed(0)} %, kl ${(metrics['kl/answer'] ?? 0).toExponential(1)}, ` +
      `${((now - last) / 1000).toFixed(1)} s (${(process.cpuUsage(lastUsage).user / 1e6).toFixed(1)} s of processor), tensors ${(memory().numBytes / 2 ** 20).toFixed(0)} MiB, ` +
      `process ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  );
  last = now;
  lastUsage = process.cpuUsage();
}
const output = values.output ?? join(mkdtempSync(join(tmpdir(), 'llava-lora-rft-')), 'adapter');
await saveAdapter(output, policy);
console.log(`adapter saved to ${output}`);
policy.dispose();
model.visionParameters.dispose();
