import { RewardInputError } from '../reward-input-error.js';
import {
  identified,
  whenReady,
  type AnyReward,
  type AsyncReward,
  type Described,
  type Reward,
  type RewardBatch,
  type RewardIdentity,
  type RewardScores,
} from '../reward.js';
import { POSE_6D_NUMBERS, requireLength, type PoseAccess } from './pose-scratch.js';

/**
 * How well each text describes the pose of the same index, such as the cosine of a retrieval model's embeddings.
 *
 * @param texts - N
 * @param poses6d - [N, 24, 6] rotations in layout `columns`
 * @returns [N] in [-1, 1], or a promise of them
 */
export type TextPoseSimilarity<Scored extends Float32Array | Promise<Float32Array> = Float32Array> = (
  texts: readonly string[],
  poses6d: Float32Array,
) => Scored;

export interface SemanticSimilarityRewardOptions<
  Prompt,
  Action,
  Scored extends Float32Array | Promise<Float32Array> = Float32Array,
>
  extends RewardIdentity, Omit<PoseAccess<Action>, 'skeleton'> {
  /** What the pose should show; undefined: the reward declines. */
  readonly text: (prompt: Prompt) => string | undefined;
  readonly similarity: TextPoseSimilarity<Scored>;
}

/**
 * The paper's semantic reward, cos(phi_t(q), phi_p(p)): the similarity of the prompt's text and the pose by any
 * text-pose model, in [-1, 1]; NaN where there is no text or no pose. The model is asked once a batch, for the rows that
 * the reward applies to.
 *
 * It rewards what the model believes. A policy finds the poses that the model likes and people do not: judge by another
 * model than the one that rewards, with other data and another shape.
 *
 * @returns a reward that answers at once if the similarity does, else one that answers later
 * @throws RewardInputError (when scoring) if a pose has the wrong length, or the model answers with other than one
 *   number in [-1, 1] for each text
 * @example
 * ```ts
 * import { semanticSimilarityReward } from '@pose-rft/rewards';
 *
 * // Stands in for a retrieval model.
 * const similarity = (texts: readonly string[]): Float32Array =>
 *   Float32Array.from(texts, (text) => (text === 'standing' ? 0.9 : 0.1));
 * const reward = semanticSimilarityReward({
 *   pose6d: (action: Float32Array) => action,
 *   text: (prompt: string) => prompt,
 *   similarity,
 * });
 * const { values } = reward.score({ rows: [{ prompt: 'standing', action: new Float32Array(144) }] });
 * console.assert(Math.abs((values[0] ?? 0) - 0.9) < 1e-6);
 * ```
 */
export function semanticSimilarityReward<Prompt, Action>(
  options: SemanticSimilarityRewardOptions<Prompt, Action>,
): Described<Reward<Prompt, Action>>;
export function semanticSimilarityReward<Prompt, Action>(
  options: SemanticSimilarityRewardOptions<Prompt, Action, Promise<Float32Array>>,
): Described<AsyncReward<Prompt, Action>>;
export function semanticSimilarityReward<Prompt, Action>(
  options: SemanticSimilarityRewardOptions<Prompt, Action, Float32Array | Promise<Float32Array>>,
): Described<AnyReward<Prompt, Action>> {
  const { pose6d, text, similarity } = options;
  const about = {
    measures: "cosine of the prompt's text and the pose by a text-pose model",
    unit: '1',
    range: [-1, 1],
    maximisedBy: 'the poses that the model places nearest to the text',
    gamedBy: "poses that exploit the model's errors: judge by another model",
    judges: 'rows',
  } as const;
  return identified(options, { name: 'semantic_similarity', drives: 'pose', about }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    const { texts, poses6d, judged } = applicable(rows, text, pose6d);
    if (judged.length === 0) return { values };
    return whenReady(similarity(texts, poses6d), (found): RewardScores => {
      requireCosines(found, judged);
      judged.forEach((row, index) => {
        values[row] = Math.min(1, Math.max(-1, found[index] as number));
      });
      return { values };
    });
  });
}

function applicable<Prompt, Action>(
  rows: RewardBatch<Prompt, Action>['rows'],
  textOf: (prompt: Prompt) => string | undefined,
  pose6d: PoseAccess<Action>['pose6d'],
): { readonly texts: readonly string[]; readonly poses6d: Float32Array; readonly judged: readonly number[] } {
  const texts: string[] = [];
  const poses: Float32Array[] = [];
  const judged: number[] = [];
  rows.forEach(({ prompt, action }, row) => {
    const text = textOf(prompt);
    const pose = pose6d(action);
    if (text === undefined || pose === undefined) return;
    requireLength(pose, POSE_6D_NUMBERS, 'the pose', row);
    texts.push(text);
    poses.push(pose);
    judged.push(row);
  });
  const poses6d = new Float32Array(POSE_6D_NUMBERS * poses.length);
  poses.forEach((pose, index) => {
    poses6d.set(pose, POSE_6D_NUMBERS * index);
  });
  return { texts, poses6d, judged };
}

/** A cosine in single precision may leave [-1, 1] by so much. */
const ROUNDING = 1e-4;

function requireCosines(found: Float32Array, judged: readonly number[]): void {
  if (found.length !== judged.length)
    throw new RewardInputError(
      `the similarity gave ${found.length} numbers for ${judged.length} texts and poses; expected one for each pair`,
    );
  const wrong = found.findIndex((value) => !(Math.abs(value) <= 1 + ROUNDING));
  if (wrong >= 0)
    throw new RewardInputError(
      `the similarity of row ${judged[wrong]} is ${found[wrong]}; expected a cosine in [-1, 1]`,
    );
}
