import type { PosePrompt } from '@pose-rft/datasets';
import type { Random } from '@pose-rft/random';
import { createKinematics, JOINT_COUNT, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { holds, normaliseSentence, parseCaption, type Constraint } from '@pose-rft/text-pose';
import type { PoseModel } from '../model/pose-model.js';
import { inBodyFrame } from '../report/pose-picture.js';

/** Thrown for a sentence that says nothing. */
export class EmptySentenceError extends Error {
  override readonly name = 'EmptySentenceError';

  constructor() {
    super('the sentence is empty; describe a pose, for example "someone squatting with both arms raised"');
  }
}

/** One sampled answer to a sentence. */
export interface SentenceAnswer {
  /** The answer as the model wrote it. */
  readonly text: string;
  /** [144] 6D columns, upright; undefined when the answer holds no `<POSE>`. */
  readonly pose6d: Float32Array | undefined;
  /** The posecodes that were understood in the sentence, and whether this pose satisfies each. */
  readonly checks: readonly { readonly constraint: Constraint; readonly satisfied: boolean }[];
}

/** What the model made of a sentence. */
export interface SentenceAnswers {
  /** The words as the model reads them. */
  readonly words: readonly string[];
  /** Words outside its vocabulary: they reach the model as `<unk>` and do not shape the pose. */
  readonly unknownWords: readonly string[];
  readonly answers: readonly SentenceAnswer[];
}

/**
 * Answers any English sentence with sampled texts and poses.
 *
 * @param options.samples - how many answers
 * @throws EmptySentenceError if the sentence has no word
 * @throws PromptError if it is longer than the model reads
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 * import { answerSentence, loadModelOrShipped } from 'pose-rft';
 *
 * await useBackend('auto');
 * const model = await loadModelOrShipped(undefined, 'sft');
 * const { answers } = await answerSentence(model, 'someone kneeling', { samples: 4, random: createRandom(1) });
 * for (const { text, checks } of answers) console.log(text, checks.filter(({ satisfied }) => satisfied).length);
 * console.assert(answers.length === 4);
 * model.dispose();
 * ```
 */
export async function answerSentence(
  model: Pick<PoseModel, 'act' | 'tokenizer'>,
  sentence: string,
  options: { readonly samples: number; readonly random: Random },
): Promise<SentenceAnswers> {
  const words = normaliseSentence(sentence);
  if (!words.some((word) => /\p{L}|\p{N}/u.test(word))) throw new EmptySentenceError();
  const { unknownWords } = model.tokenizer.encode(words.join(' '));
  const { constraints } = parseCaption(sentence);
  const rollout = await model.act([textPrompt(words.join(' '), constraints)], {
    candidatesPerPrompt: options.samples,
    samplesPerCandidate: 1,
    random: options.random,
  });
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const joints = new Float64Array(3 * JOINT_COUNT);
  const answers = rollout.actions.map(({ answer, pose }): SentenceAnswer => {
    const text = model.tokenizer.decode(answer);
    if (pose === undefined) return { text, pose6d: undefined, checks: [] };
    const pose6d = inBodyFrame(pose);
    kinematics.jointsFromRotation6d(pose6d, 0, joints, 0);
    const checks = constraints.map((constraint) => ({ constraint, satisfied: holds(constraint, joints, 0) }));
    return { text, pose6d, checks };
  });
  return { words, unknownWords, answers };
}

/** A prompt without a truth: there is nothing to compare its answers with. */
function textPrompt(question: string, constraints: readonly Constraint[]): PosePrompt {
  return {
    kind: 'text-to-pose',
    question,
    constraints,
    targetJoints: new Float32Array(3 * JOINT_COUNT),
    targetPose6d: new Float32Array(6 * JOINT_COUNT),
  };
}
