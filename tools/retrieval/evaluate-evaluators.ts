// npm run evaluate:evaluators [-- MOTION-CAPTURE-FOLDER] [--checkpoints FOLDER]
// The tables of packages/text-pose/README.md: retrieval among 1,000 held-out synthetic poses, by kind of caption, and, if
// a folder of CMU recordings is given (see readMotionCaptureFolder), among frames of those; with the poses scored a second.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readMotionCaptureFolder } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { mirrorPose } from '@pose-rft/smpl';
import { useBackend } from '@pose-rft/tensor';
import { POSE_STRIDE, satisfiedFraction, type Caption } from '@pose-rft/text-pose';
import {
  evaluateRecall,
  evaluateRPrecision,
  formatRecall,
  formatRPrecision,
  HIT_RATE_R_PRECISION,
  loadJudgeEvaluator,
  loadRewardEvaluator,
  POSESCRIPT_RECALL,
  POSESCRIPT_R_PRECISION,
  swapSides,
  UNIPOSE_RECALL,
  type RetrievalModel,
} from '@pose-rft/text-pose/retrieval';
import { HELD_OUT_SEED } from './evaluator-recipes.ts';
import { bodyJoints, captionsOf, type CaptionKind } from './training-captions.ts';
import { POSE_SIZE, sampledPoses } from './training-poses.ts';

const HELD_OUT_POSES = 1000;
/** Consecutive frames show nearly the same pose, which no caption could tell apart. */
const FRAMES_APART = 10;
const CAPTION_KINDS: readonly CaptionKind[] = ['detailed', 'long', 'short'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { checkpoints: { type: 'string' } },
});

await useBackend('wasm');
const [recordings] = positionals;
const poseSets: (readonly [string, Float32Array])[] = [
  ['synthetic', sampledPoses(createRandom(HELD_OUT_SEED).split('poses'), HELD_OUT_POSES)],
];
if (recordings !== undefined) poseSets.push(['motion capture', await recordedPoses(recordings)]);

const folderOf = (name: string): string | undefined =>
  options.checkpoints === undefined ? undefined : resolve(options.checkpoints, `${name}-evaluator`);
const reward = await loadRewardEvaluator(folderOf('reward'));
const judge = await loadJudgeEvaluator(folderOf('judge'));
for (const [poseSet, poses6d] of poseSets)
  for (const kind of CAPTION_KINDS) printRules(`rules, ${poseSet}, ${kind} captions`, poses6d, kind);
for (const { role, model, weightsSha256, dispose } of [reward, judge]) {
  console.log(`${role} evaluator, weights ${weightsSha256.slice(0, 12)}`);
  for (const [poseSet, poses6d] of poseSets)
    for (const kind of CAPTION_KINDS)
      printRetrieval(`${role}, ${poseSet}, ${kind} captions`, model, poses6d, kind);
  printThroughput(role, model, poseSets[0]?.[1] ?? new Float32Array(0));
  dispose();
}

type Embedder = Pick<RetrievalModel, 'config' | 'embedPoses' | 'embedTexts'>;

function heldOutCaptions(poses6d: Float32Array, kind: CaptionKind): readonly Caption[] {
  const random = createRandom(HELD_OUT_SEED).split(`${kind} captions`);
  const captionOf = captionsOf(poses6d, kind);
  return Array.from({ length: poses6d.length / POSE_SIZE }, (_, pose) => captionOf(pose, random.split(pose)));
}

/**
 * What the captions allow: poses ranked by the share of the caption's own claims that hold on them, for one direction
 * only. A pose that fits a caption as well as its own cannot be told from it by anyone.
 */
function printRules(title: string, poses6d: Float32Array, kind: CaptionKind): void {
  const joints = bodyJoints(poses6d);
  const captions = heldOutCaptions(poses6d, kind);
  const size = captions.length;
  const shares = new Float32Array(size * size);
  const identity = new Float32Array(size * size);
  captions.forEach(({ constraints }, text) => {
    identity[text * (size + 1)] = 1;
    for (let pose = 0; pose < size; pose++)
      shares[text * size + pose] = satisfiedFraction(constraints, joints, POSE_STRIDE * pose);
  });
  const { textToPose } = evaluateRecall({ texts: shares, poses: identity, size });
  const figures = POSESCRIPT_RECALL.ks.map((k) => textToPose[k] ?? Number.NaN);
  const mean = figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
  console.log(
    `${title}: text to pose R@${POSESCRIPT_RECALL.ks.join('/')} over ${size} pairs ` +
      `${figures.map((figure) => figure.toFixed(1)).join(' / ')}, mean ${mean.toFixed(1)}`,
  );
}

function printRetrieval(title: string, model: Embedder, poses6d: Float32Array, kind: CaptionKind): void {
  const texts = heldOutCaptions(poses6d, kind).map(({ text }) => text);
  const pairs = {
    texts: model.embedTexts(texts),
    poses: model.embedPoses(poses6d),
    size: model.config.embeddingSize,
  };
  console.log(`\n${title}`);
  for (const protocol of [POSESCRIPT_RECALL, UNIPOSE_RECALL])
    console.log(formatRecall(evaluateRecall(pairs, protocol)));
  for (const protocol of [POSESCRIPT_R_PRECISION, HIT_RATE_R_PRECISION])
    console.log(
      formatRPrecision(evaluateRPrecision(pairs, createRandom(HELD_OUT_SEED).split('pools'), protocol)),
    );
  printSides(model, texts, poses6d);
}

/** Of the captions that name a side, how many fit the pose better than its mirror image; some fit both alike. */
function printSides(model: Embedder, texts: readonly string[], poses6d: Float32Array): void {
  const size = model.config.embeddingSize;
  const mirrored = new Float32Array(poses6d.length);
  for (let at = 0; at < poses6d.length; at += POSE_SIZE) mirrorPose(poses6d, at, mirrored, at);
  const words = model.embedTexts(texts);
  const poses = model.embedPoses(poses6d);
  const mirrors = model.embedPoses(mirrored);
  const sided = [...texts.keys()].filter((pose) => swapSides(texts[pose] ?? '') !== texts[pose]);
  const right = sided.filter((pose) => {
    let margin = 0;
    for (let at = pose * size; at < (pose + 1) * size; at++)
      margin += (words[at] ?? 0) * ((poses[at] ?? 0) - (mirrors[at] ?? 0));
    return margin > 0;
  });
  console.log(
    `left and right: ${((100 * right.length) / sided.length).toFixed(1)} % of the ${sided.length} captions that name ` +
      'a side prefer the pose to its mirror image',
  );
}

/** Poses embedded a second of CPU time, the fastest of several runs; texts cost extra, each distinct one once. */
function printThroughput(title: string, model: Embedder, poses6d: Float32Array): void {
  const count = poses6d.length / POSE_SIZE;
  const texts = Array.from(
    { length: 64 },
    (_, index) => `someone kneeling with the left arm raised ${index}`,
  );
  const best = (items: number, body: () => unknown): number => {
    let fastest = 0;
    for (let run = 0; run < 7; run++) {
      const start = process.cpuUsage();
      body();
      const { user, system } = process.cpuUsage(start);
      fastest = Math.max(fastest, (1e6 * items) / (user + system));
    }
    return Math.round(fastest);
  };
  console.log(
    `\n${title}: ${best(count, () => model.embedPoses(poses6d))} poses a second, ` +
      `${best(texts.length, () => model.embedTexts(texts))} short texts a second (CPU time, one core)\n`,
  );
}

async function recordedPoses(folder: string): Promise<Float32Array> {
  const chosen: Float32Array[] = [];
  for await (const { frameCount, pose6d } of readMotionCaptureFolder(folder))
    for (let frame = 0; frame < frameCount; frame += FRAMES_APART)
      chosen.push(pose6d.slice(frame * POSE_SIZE, (frame + 1) * POSE_SIZE));
  const poses6d = new Float32Array(chosen.length * POSE_SIZE);
  chosen.forEach((pose, index) => poses6d.set(pose, index * POSE_SIZE));
  return poses6d;
}
