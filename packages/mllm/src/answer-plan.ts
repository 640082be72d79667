import { DEFAULT_TOKEN_IDS, type ModelTokenIds } from './config.js';
import type { MllmPrompt } from './prompt.js';
import type { TokenSegment } from './packing.js';

/** One answer, given to one of the prompts. */
export interface PromptedAnswer {
  /** Index of the prompt. */
  readonly prompt: number;
  readonly ids: readonly number[];
}

/**
 * Where to read what out of one packed pass over prompts and answers. Prompts stand in it once, whatever the number of
 * their answers, and so do equal answers to one prompt: their log-probabilities and poses are the same numbers, and
 * the gradients of their copies add up.
 */
export interface AnswerPlan {
  readonly segments: readonly TokenSegment[];
  /** [T'] packed rows whose logits predict the tokens of the distinct answers. */
  readonly tokenRows: Int32Array;
  /** [T'] the tokens that they predict. */
  readonly tokenIds: Int32Array;
  /** [T] for every token of all answers, in their order: its place in `tokenRows`. */
  readonly tokenIndices: Int32Array;
  /** [answers + 1] where each answer's tokens start in `tokenIndices`. */
  readonly tokenOffsets: Int32Array;
  /** [M'] packed rows of the `<POSE>`s of the distinct answers that have any: of each the first, unless told otherwise. */
  readonly poseRows: Int32Array;
  /** [answers] for every answer: the place of its first `<POSE>` in `poseRows`, or -1 without one. */
  readonly poseIndices: Int32Array;
  /** The same for its second `<POSE>`, its third and so on, as far as told. */
  readonly laterPoseIndices: readonly Int32Array[];
}

/**
 * Lays out prompts and answers for one pass with a shared prefix.
 *
 * @param prompts - each starts a segment of its own
 * @param answers - not empty; each continues its prompt
 * @param modelTokens - which token is `<POSE>`
 * @param posesPerAnswer - how many of an answer's `<POSE>`s are read (default: the first)
 */
export function planAnswers(
  prompts: readonly MllmPrompt[],
  answers: readonly PromptedAnswer[],
  modelTokens: Pick<ModelTokenIds, 'pose'> = DEFAULT_TOKEN_IDS,
  posesPerAnswer = 1,
): AnswerPlan {
  const placesOfPoses = (ids: readonly number[]): readonly number[] =>
    ids.flatMap((id, position) => (id === modelTokens.pose ? [position] : [])).slice(0, posesPerAnswer);
  const segments: TokenSegment[] = prompts.map(({ promptIds, imageFeatures, inputPoses6d }) => ({
    ids: promptIds,
    imageFeatures,
    inputPoses6d,
  }));
  const promptStarts = runningStarts(segments.map(({ ids }) => ids.length));
  const tokenRows: number[] = [];
  const tokenIds: number[] = [];
  const tokenIndices: number[] = [];
  const tokenOffsets = new Int32Array(answers.length + 1);
  const poseRows: number[] = [];
  const poseIndices = Array.from({ length: posesPerAnswer }, () => new Int32Array(answers.length).fill(-1));
  const distinct = new Map<string, { readonly firstToken: number; readonly poses: readonly number[] }>();
  let nextRow = promptStarts[prompts.length] as number;

  answers.forEach(({ prompt, ids }, index) => {
    const key = `${prompt}:${ids.join()}`;
    let place = distinct.get(key);
    if (place === undefined) {
      const posePositions = placesOfPoses(ids);
      const rows = rowsRead(ids, posePositions);
      const firstToken = tokenIds.length;
      const lastPromptRow = (promptStarts[prompt + 1] as number) - 1;
      ids.forEach((id, position) => {
        tokenRows.push(position === 0 ? lastPromptRow : nextRow + position - 1);
        tokenIds.push(id);
      });
      const poses = posePositions.map((position) => poseRows.push(nextRow + position) - 1);
      if (rows > 0) segments.push({ ids: ids.slice(0, rows), prefix: prompt });
      nextRow += rows;
      place = { firstToken, poses };
      distinct.set(key, place);
    }
    for (let position = 0; position < ids.length; position++) tokenIndices.push(place.firstToken + position);
    tokenOffsets[index + 1] = tokenIndices.length;
    place.poses.forEach((row, pose) => ((poseIndices[pose] as Int32Array)[index] = row));
  });

  return {
    segments,
    tokenRows: Int32Array.from(tokenRows),
    tokenIds: Int32Array.from(tokenIds),
    tokenIndices: Int32Array.from(tokenIndices),
    tokenOffsets,
    poseRows: Int32Array.from(poseRows),
    poseIndices: poseIndices[0] ?? new Int32Array(0),
    laterPoseIndices: poseIndices.slice(1),
  };
}

/** Nothing follows an answer's last token: its row is needed only if it is a `<POSE>` that the pose head reads. */
function rowsRead(ids: readonly number[], posePositions: readonly number[]): number {
  const last = ids.length - 1;
  return posePositions.at(-1) === last ? ids.length : Math.max(0, last);
}

/** [n + 1] sums of all lengths before each index. */
export function runningStarts(lengths: readonly number[]): Int32Array {
  const starts = new Int32Array(lengths.length + 1);
  lengths.forEach((length, index) => {
    starts[index + 1] = (starts[index] as number) + length;
  });
  return starts;
}
