import { samplePose } from '@pose-rft/datasets';
import { conversationTurn, type Conversation, type ConversationTurn } from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { createKinematics, jointIndex, SYNTHETIC_SKELETON, type JointName } from '@pose-rft/smpl';
import { captionPose, instructPoseChange, type PoseChange } from '@pose-rft/text-pose';

/** A pose, a request to change it, and a pose that it may become. */
export interface Change {
  readonly text: string;
  readonly changes: readonly PoseChange[];
  readonly source: Float32Array;
  readonly target: Float32Array;
}

const kinematics = createKinematics(SYNTHETIC_SKELETON);
/** What a request moves: one knee, one elbow, or one whole arm. */
const MOVED: readonly (readonly JointName[])[] = [
  ['left_knee'],
  ['right_knee'],
  ['left_elbow'],
  ['right_elbow'],
  ['left_collar', 'left_shoulder'],
  ['right_collar', 'right_shoulder'],
];
export const DESCRIBE = 'describe this pose.';

/** [24, 3] metres in the body's frame, where captions and instructions are measured. */
export function bodyJoints(pose6d: Float32Array): Float32Array {
  const joints = new Float32Array(3 * kinematics.jointCount);
  kinematics.jointsFromRotation6d(pose6d, 0, joints, 0, { globalOrientation: 'identity' });
  return joints;
}

/** A request that moves one part of a pose as another person holds it, told by the largest thing that changes. */
export function drawChange(source: Float32Array, random: Random): Change {
  for (;;) {
    const other = samplePose(random);
    const target = source.slice();
    for (const name of random.pick(MOVED)) {
      const place = 6 * jointIndex(name);
      target.set(other.subarray(place, place + 6), place);
    }
    const pair = { source: bodyJoints(source), target: bodyJoints(target) };
    const { text, changes } = instructPoseChange(pair, random, { statements: 1, noise: 0 });
    // Too little has moved to be worth a word: draw again.
    if (changes.length > 0) return { text, changes, source, target };
  }
}

export function poseOf(rotation6d: Float32Array) {
  return { kind: 'pose', rotation6d } as const;
}

/** What the model learns from: a pose, and two or three requests about it, each answered. */
export function drawTalk(random: Random): Conversation {
  let pose = samplePose(random);
  const turns: ConversationTurn[] = [];
  const exchanges = 2 + random.integer(2);
  for (let exchange = 0; exchange < exchanges; exchange++) {
    // An answer's pose is in the model's sight when the next request comes; the first one must be given.
    const given = exchange === 0 ? [poseOf(pose)] : [];
    const kind = random.uniform();
    if (kind < 0.25)
      turns.push(
        conversationTurn('user', ...given, DESCRIBE),
        conversationTurn('assistant', captionPose(bodyJoints(pose), 0, random).text),
      );
    else if (kind < 0.85) {
      const { text, target } = drawChange(pose, random);
      turns.push(
        conversationTurn('user', ...given, text),
        conversationTurn('assistant', 'here it is : ', poseOf(target), '.'),
      );
      pose = target;
    } else {
      const first = drawChange(pose, random);
      const then = drawChange(first.target, random);
      turns.push(
        conversationTurn('user', ...given, `first: ${first.text} then: ${then.text}`),
        conversationTurn(
          'assistant',
          'first : ',
          poseOf(first.target),
          ', then : ',
          poseOf(then.target),
          '.',
        ),
      );
      pose = then.target;
    }
  }
  return turns;
}
