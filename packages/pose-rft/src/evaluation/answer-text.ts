import { isWellFormedAnswer, type PosePrompt } from '@pose-rft/datasets';
import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { holds, parseStatements } from '@pose-rft/text-pose';

/** Facts that an answer to evidence should state. */
const STATEMENTS_WANTED = 2;

/**
 * Measures the texts of the answers to one prompt. Truth is measured on the target's joints, not looked up in the
 * facts that the reward pays for: a statement that is true of most poses counts here, and earns nothing there.
 *
 * @returns `formatRate`: the share that keeps the template; `statementTruth`: the mean share of the wanted statements
 *   that were made, are true of the target, and are of different measurements (NaN unless the prompt asks for statements)
 * @example
 * ```ts
 * import { createSyntheticSet } from '@pose-rft/datasets';
 * import { scoreAnswerText } from 'pose-rft';
 *
 * const [sample] = createSyntheticSet({ count: 1, seed: 1, split: 'test' });
 * if (sample !== undefined) {
 *   const { formatRate, statementTruth } = scoreAnswerText(sample.prompt, [sample.answer, 'no idea.']);
 *   console.assert(formatRate === 0.5 && statementTruth === 0.5);
 * }
 * ```
 */
export function scoreAnswerText(
  prompt: PosePrompt,
  texts: readonly string[],
): { formatRate: number; statementTruth: number } {
  const share = (score: (text: string) => number): number =>
    texts.reduce((sum, text) => sum + score(text), 0) / texts.length;
  return {
    formatRate: share((text) => (isWellFormedAnswer(text) ? 1 : 0)),
    statementTruth:
      prompt.kind === 'evidence-to-pose' ? share((text) => trueStatements(text, prompt)) : Number.NaN,
  };
}

function trueStatements(text: string, prompt: PosePrompt): number {
  const joints = bodyFrameJoints(prompt.targetPose6d);
  const measured = new Set<number>();
  for (const statement of parseStatements(text).slice(0, STATEMENTS_WANTED)) {
    if (statement !== undefined && holds(statement, joints, 0)) measured.add(statement.posecode);
  }
  return measured.size / STATEMENTS_WANTED;
}

const kinematics = createKinematics(SYNTHETIC_SKELETON);
const scratch = new Float64Array(72);

/** Statements speak of the body, whichever way it faces. */
function bodyFrameJoints(pose6d: Float32Array): Float64Array {
  kinematics.jointsFromRotation6d(pose6d, 0, scratch, 0, { globalOrientation: 'identity' });
  return scratch;
}
