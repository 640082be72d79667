import type { ComponentLogProbs, Rollout, SequenceLogProbs } from '@pose-rft/hybrid-actions';

/** An answer's tokens, codes among them, and the pose that the codes after its first `<POSE>` stand for, if it has one. */
export interface TokenisedAction {
  readonly answer: readonly number[];
  /** [poseSize] rotations in 6D, as a sampled pose of the other policy is. */
  readonly pose?: Float32Array;
}

/**
 * How the tokens of an answer are components of the action:
 * - `joint`: one, `answer`, as GRPO has it: every reward drives every token;
 * - `split`: `answer` without the codes, and `codes`, so that rewards of the text drive the text, and rewards of the pose
 *   the codes.
 */
export type TokenComponents = 'joint' | 'split';

/** A rollout of answers with poses as codes; V is 1. */
export interface TokenisedRollout<Prompt> extends Rollout<Prompt, TokenisedAction> {
  readonly logProbs: {
    readonly answer: SequenceLogProbs<Float32Array>;
    readonly codes?: SequenceLogProbs<Float32Array>;
  } & Readonly<Record<string, ComponentLogProbs<Float32Array>>>;
  /** The temperature that the log-probabilities were taken at; `score` uses the same. */
  readonly temperature: number;
}

/** Where the tokens of each component stand among all tokens of all answers, one after the other. */
export interface ComponentTokens {
  readonly name: 'answer' | 'codes';
  /** [T_c] places, ascending. */
  readonly places: Int32Array;
  /** [answers + 1] */
  readonly offsets: Int32Array;
}

/** Shares the tokens of answers out among the components. */
export function componentTokens(
  answers: readonly (readonly number[])[],
  components: TokenComponents,
  isCode: (id: number) => boolean,
): readonly ComponentTokens[] {
  const select = (name: ComponentTokens['name'], belongs: (id: number) => boolean): ComponentTokens => {
    const places: number[] = [];
    const offsets = new Int32Array(answers.length + 1);
    let place = 0;
    answers.forEach((ids, index) => {
      for (const id of ids) {
        if (belongs(id)) places.push(place);
        place++;
      }
      offsets[index + 1] = places.length;
    });
    return { name, places: Int32Array.from(places), offsets };
  };
  return components === 'joint'
    ? [select('answer', () => true)]
    : [select('answer', (id) => !isCode(id)), select('codes', isCode)];
}
