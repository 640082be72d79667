/**
 * How many poses a second are captioned, compared and read back, on one core:
 *
 *     npx tsx -C @pose-rft/source tools/bench/captions.ts
 *
 * CPU time, best of several rounds: other programs on the machine disturb it little.
 */
import { samplePose } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import {
  captionPose,
  captionPoseInDetail,
  explainScore,
  instructPoseChange,
  measurePose,
  readCaption,
  readInstruction,
  uprightJoints,
} from '@pose-rft/text-pose';

const POSES = 2000;
const ROUNDS = 5;

const random = createRandom(1);
const joints = new Float32Array(72 * POSES);
for (let pose = 0; pose < POSES; pose++) uprightJoints(samplePose(random), 0, joints, 72 * pose);
const pair = (pose: number): Parameters<typeof instructPoseChange>[0] => ({
  source: joints,
  sourceOffset: 72 * pose,
  target: joints,
  targetOffset: 72 * ((pose + 1) % POSES),
});
const texts = Array.from({ length: POSES }, (_, pose) => captionPoseInDetail(joints, 72 * pose, random).text);
const orders = Array.from({ length: POSES }, (_, pose) => instructPoseChange(pair(pose), random).text);

const tasks: Readonly<Record<string, (pose: number) => unknown>> = {
  measurePose: (pose) => measurePose(joints, 72 * pose),
  captionPose: (pose) => captionPose(joints, 72 * pose, random),
  captionPoseInDetail: (pose) => captionPoseInDetail(joints, 72 * pose, random),
  instructPoseChange: (pose) => instructPoseChange(pair(pose), random),
  readCaption: (pose) => readCaption(texts[pose] ?? ''),
  readInstruction: (pose) => readInstruction(orders[pose] ?? ''),
  explainScore: (pose) => explainScore(texts[pose] ?? '', joints, 72 * pose),
};
console.log(`a second of CPU time, best of ${ROUNDS} rounds of ${POSES} (Node ${process.versions.node})`);
for (const [name, task] of Object.entries(tasks)) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    for (let pose = 0; pose < POSES; pose++) task(pose);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, user + system);
  }
  console.log(`${name.padEnd(20)} ${Math.round((1e6 * POSES) / best).toLocaleString('en')}`);
}
