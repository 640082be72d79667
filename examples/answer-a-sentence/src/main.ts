// Answers a sentence with sampled texts and poses, and prints where the hands end up.
import { createRandom } from '@pose-rft/random';
import { createKinematics, jointIndex, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { useBackend } from '@pose-rft/tensor';
import { answerSentence, loadModelOrShipped } from 'pose-rft';

const sentence =
  process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 'someone squatting with both arms raised';

const { description } = await useBackend('auto');
const model = await loadModelOrShipped(undefined, 'tuned');
const { unknownWords, answers } = await answerSentence(model, sentence, {
  samples: 3,
  random: createRandom(1),
});

console.log(`backend: ${description}`);
console.log(`"${sentence}"${unknownWords.length > 0 ? `, unknown: ${unknownWords.join(', ')}` : ''}`);

const kinematics = createKinematics(SYNTHETIC_SKELETON);
const joints = new Float64Array(3 * kinematics.jointCount);
for (const { text, pose6d, checks } of answers) {
  const satisfied = checks.filter((check) => check.satisfied).length;
  console.log(`\n${text}  (satisfies ${satisfied} of ${checks.length} posecodes)`);
  if (pose6d === undefined) continue;
  kinematics.jointsFromRotation6d(pose6d, 0, joints, 0);
  for (const name of ['head', 'left_hand', 'right_hand', 'left_foot', 'right_foot'] as const) {
    const at = 3 * jointIndex(name);
    const [x, y, z] = Array.from(joints.subarray(at, at + 3), (metres) => metres.toFixed(2).padStart(6));
    console.log(`  ${name.padEnd(10)} ${x} left  ${y} up  ${z} front  (metres from the pelvis)`);
  }
}
model.dispose();
