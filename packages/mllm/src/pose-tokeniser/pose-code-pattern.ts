import { choice, noneOf, oneOf, repeat, sequence, type TokenPattern } from '../token-pattern.js';
import type { PoseCodeTokenizer } from './pose-code-tokenizer.js';

/** The parts of a tokenizer that a pattern is made of. */
export type PoseCodeIds = Pick<PoseCodeTokenizer, 'levelCount' | 'codebookSize' | 'firstCodeId' | 'poseId'>;

/** One code of each level, in order. */
export function poseCodes({ levelCount, codebookSize, firstCodeId }: PoseCodeIds): TokenPattern {
  return sequence(
    ...Array.from({ length: levelCount }, (_, level) =>
      oneOf(
        ...Array.from({ length: codebookSize }, (_code, code) => firstCodeId + level * codebookSize + code),
      ),
    ),
  );
}

/**
 * What an answer with poses as codes may be: text, in which every `<POSE>` is followed by one code of each level, and codes
 * stand nowhere else. For `createTokenConstraint`, or `answerPattern` of a policy.
 *
 * @param options.poses - `any` number of poses in an answer (the default: how many is the model's to learn), or
 *   `exactly-one`
 * @example
 * ```ts
 * import { createTokenizer, poseCodePattern, withPoseCodes } from '@pose-rft/mllm';
 *
 * const tokenizer = withPoseCodes(createTokenizer(['here', '.']), { levelCount: 2, codebookSize: 4 });
 * console.assert(poseCodePattern(tokenizer, { poses: 'exactly-one' }).kind === 'sequence');
 * ```
 */
export function poseCodePattern(
  ids: PoseCodeIds,
  { poses = 'any' }: { readonly poses?: 'any' | 'exactly-one' } = {},
): TokenPattern {
  const codes = Array.from(
    { length: ids.levelCount * ids.codebookSize },
    (_, place) => ids.firstCodeId + place,
  );
  const text = noneOf(ids.poseId, ...codes);
  const pose = sequence(oneOf(ids.poseId), poseCodes(ids));
  return poses === 'any' ? repeat(choice(text, pose)) : sequence(repeat(text), pose, repeat(text));
}
