// A small model learns to talk about poses: to describe one ("describe this pose."), and to change one as it is asked
// ("bend your left knee more."), over several turns. A minute of training on synthetic conversations, then figures on
// questions that it has not seen, then a conversation, printed as it streams and drawn. Options: --steps N, --out
// FILE.html, --seed N, --short.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { samplePose } from '@pose-rft/datasets';
import {
  conversationLoss,
  conversationSample,
  conversationTurn,
  createChatFormat,
  createDecoder,
  createMllmParameters,
  createTokenizer,
  mllmConfig,
  streamAnswer,
  WORD_LEVEL_CHAT_TEMPLATE,
  type ChatModel,
  type ConversationTurn,
} from '@pose-rft/mllm';
import { createRandom } from '@pose-rft/random';
import { syntheticBody } from '@pose-rft/smpl';
import { createAdamW, dispose, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { captionPose } from '@pose-rft/text-pose';
import { drawHeldOut, judgeChanges, judgeDescriptions, scoreChanges, scoreDescriptions } from './held-out.js';
import { talkPage } from './talk-page.js';
import { bodyJoints, DESCRIBE, drawTalk, poseOf } from './pose-talk.js';

const { values } = parseArgs({
  options: {
    steps: { type: 'string' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'out/chat-about-poses.html' },
    short: { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps ?? (values.short ? 8 : 1200));
const random = createRandom(Number(values.seed));
const { backend } = await useBackend('auto');

// Conversations to learn from, and the words in them: a closed world, so each word is a token.
const talks = Array.from({ length: values.short ? 60 : 6000 }, (_, index) =>
  drawTalk(random.split('talks').split(index)),
);
const words = new Set(
  talks
    .flat()
    .flatMap(({ parts }) =>
      parts.flatMap((part) =>
        part.kind === 'text' ? (part.text.toLowerCase().match(/[a-z]+|[.,:]/g) ?? []) : [],
      ),
    ),
);
const tokenizer = createTokenizer([...words].sort());

// A decoder that reads a pose as four tokens, from a projector, and writes one where it says <POSE>.
const config = mllmConfig('tiny', {
  hiddenSize: 128,
  headSize: 32,
  layerCount: 3,
  intermediateSize: 352,
  vocabularySize: tokenizer.size + 1,
  imageTokenCount: 0,
  imageFeatureSize: 0,
  poseInput: { tokenId: tokenizer.size, tokenCount: 4, hiddenSize: 256 },
});
const meanPose = meanOf(
  Array.from({ length: 500 }, (_, index) => samplePose(random.split('mean').split(index))),
);
const parameters = createMllmParameters({
  config,
  random: random.split('parameters'),
  meanPose6d: meanPose,
});
const decoder = createDecoder({ config, parameters, answerVocabularySize: tokenizer.size });
const format = createChatFormat({ config, tokenizer, template: WORD_LEVEL_CHAT_TEMPLATE });
const model: ChatModel = { decoder, format };
console.log(
  `${backend}: ${(parameters.parameterCount / 1e6).toFixed(1)} M parameters, ${tokenizer.size} words, ${talks.length} conversations`,
);

// Questions that it is judged by, before and after.
const heldOut = drawHeldOut(random.split('held-out'), values.short ? 8 : 200);
const untrained = { changes: await scoreChanges(model, heldOut.changes), descriptions: await scoreDescriptions(model, heldOut.described) }; // prettier-ignore

// Training: the loss is on what the assistant says alone, every answer of a conversation in one sequence.
const samples = talks.map((talk) => conversationSample(format, talk));
const optimizer = createAdamW({ beta2: 0.98, weightDecay: 0, maxGradientNorm: 1 });
const batches = random.split('batches');
const started = performance.now();
for (let step = 0; step < steps; step++) {
  const batch = Array.from({ length: values.short ? 4 : 16 }, () => batches.pick(samples));
  const { aux, gradients } = valueAndGradients(parameters, () => conversationLoss(decoder, batch));
  const rate = 3e-3 * Math.min(1, (step + 1) / 50) * (0.51 + 0.49 * Math.cos((Math.PI * step) / steps));
  optimizer.step(parameters, gradients, rate);
  dispose(gradients);
  if (step % Math.ceil(steps / 8) === 0 || step === steps - 1)
    console.log(
      `step ${step + 1}: ${aux.crossEntropy.toFixed(3)} nats a token, pose error ${Math.sqrt(aux.poseMeanSquaredError).toFixed(3)}, ` +
        `${((performance.now() - started) / 1000).toFixed(0)} s`,
    );
}
optimizer.dispose();

// What it has learned.
const kept = judgeChanges(heldOut.changes, heldOut.changes.map(({ source }) => [source])); // prettier-ignore
const average = judgeChanges(
  heldOut.changes,
  heldOut.changes.map(() => [meanPose]),
);
const others = judgeDescriptions(heldOut.described, heldOut.described.map((_, index, all) => captionPose(bodyJoints(all[(index + 1) % all.length] ?? new Float32Array(144)), 0, random.split(index)).text)); // prettier-ignore
const trained = { changes: await scoreChanges(model, heldOut.changes), descriptions: await scoreDescriptions(model, heldOut.described) }; // prettier-ignore
console.log(`\nasked to change a pose, ${heldOut.changes.length} requests that it has not seen:`);
for (const [name, { count, answered, followed, exact, distanceMillimetres }] of [
  ['untrained', untrained.changes],
  ['the given pose again', kept],
  ['the mean pose', average],
  ['trained', trained.changes],
] as const)
  console.log(
    `  ${name}: one pose in ${answered} of ${count} answers; moved as asked in ${followed}, by as much in ${exact}; ` +
      `${answered === 0 ? '-' : distanceMillimetres.toFixed(0)} mm from a pose that fits`,
  );
console.log(`asked to describe a pose, ${heldOut.described.length} that it has not seen:`);
for (const [name, score] of [
  ['untrained', untrained.descriptions],
  ["another pose's caption", others],
  ['trained', trained.descriptions],
] as const)
  console.log(`  ${name}: ${score.true} of ${score.statements} statements are true`);

// A conversation in which its own answers are what it is asked about next.
const given = samplePose(random.split('given'));
const requests: readonly ConversationTurn[] = [
  conversationTurn('user', poseOf(given), DESCRIBE),
  conversationTurn('user', 'bend your left knee a lot more.'),
  conversationTurn('user', 'first: raise your right hand. then: straighten your left knee a lot.'),
  conversationTurn('user', DESCRIBE),
];
const talk: ConversationTurn[] = [];
console.log();
for (const [index, request] of requests.entries()) {
  talk.push(request);
  console.log(
    `you: ${request.parts.map((part) => (part.kind === 'text' ? part.text : '[a pose]')).join(' ')}`,
  );
  process.stdout.write('model: ');
  const options = { random: random.split('talk').split(index), maxNewTokens: 40, temperature: 0.5 };
  for await (const event of streamAnswer(model, talk, options))
    if (event.kind === 'text') process.stdout.write(event.text);
    else if (event.kind === 'pose') process.stdout.write('[a pose]');
    else talk.push(event.turn);
  console.log();
}
const out = resolve(values.out);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, talkPage(syntheticBody(), talk));
console.log(`drawn in ${out}`);
decoder.dispose();
parameters.dispose();

/** The mean of all numbers. */
function meanOf(poses: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(144);
  for (const pose of poses)
    pose.forEach((value, index) => (mean[index] = (mean[index] ?? 0) + value / poses.length));
  return mean;
}
