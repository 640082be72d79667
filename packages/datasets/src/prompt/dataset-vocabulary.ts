import { CAPTION_VOCABULARY, normaliseSentence } from '@pose-rft/text-pose';
import { TEXT_ANSWERS } from './answer.js';
import { EVIDENCE_QUESTIONS, TEXT_QUESTIONS } from './question.js';

/**
 * Every word and punctuation mark that questions and answers can contain, sorted, each once; `<POSE>` and other special
 * tokens are the tokenizer's own and not among them.
 *
 * @example
 * ```ts
 * import { createSyntheticSet, DATASET_VOCABULARY } from '@pose-rft/datasets';
 *
 * const [sample] = createSyntheticSet({ count: 1, seed: 5, split: 'train' });
 * const known = new Set(DATASET_VOCABULARY);
 * console.assert(sample?.prompt.question.split(' ').every((word) => known.has(word)));
 * ```
 */
export const DATASET_VOCABULARY: readonly string[] = [
  ...new Set([
    ...CAPTION_VOCABULARY,
    ...[...TEXT_QUESTIONS, ...EVIDENCE_QUESTIONS].flatMap(normaliseSentence),
    ...TEXT_ANSWERS.flatMap((text) => text.split(' ')),
  ]),
].sort();
