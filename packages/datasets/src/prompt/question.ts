import type { Random } from '@pose-rft/random';
import { normaliseSentence } from '@pose-rft/text-pose';

/** Wordings of a text-to-pose question; the caption follows. */
export const TEXT_QUESTIONS: readonly string[] = [
  'generate a pose with: ',
  'show me the pose: ',
  'give me the smpl pose for: ',
  'create a human pose: ',
  'i need a pose with: ',
];

/** Wordings of an evidence-to-pose question. */
export const EVIDENCE_QUESTIONS: readonly string[] = [
  'what is the pose of the person?',
  'describe the person and give the smpl pose.',
  'estimate the smpl pose of the person.',
  'how is the person posed?',
  'can you give me the pose of the person?',
];

/** How often a text-to-pose question is the bare caption, as somebody types it. */
export const BARE_CAPTION_PROBABILITY = 0.5;

/** A question that asks for the pose that `caption` describes, as `normaliseSentence` leaves it. */
export function textQuestion(caption: string, random: Random): string {
  const request = random.uniform() < BARE_CAPTION_PROBABILITY ? '' : random.pick(TEXT_QUESTIONS);
  return normaliseSentence(request + caption).join(' ');
}

const NORMALISED_REQUESTS: readonly string[] = TEXT_QUESTIONS.map((request) =>
  normaliseSentence(request).join(' '),
);

/**
 * The caption of a text-to-pose question: what {@link textQuestion} was given, without the request before it. Judges of
 * captions read this.
 *
 * @example
 * ```ts
 * import { captionOfQuestion } from '@pose-rft/datasets';
 *
 * console.assert(captionOfQuestion('show me the pose , a man kneeling') === 'a man kneeling');
 * console.assert(captionOfQuestion('a man kneeling') === 'a man kneeling');
 * ```
 */
export function captionOfQuestion(question: string): string {
  const request = NORMALISED_REQUESTS.find((known) => question.startsWith(`${known} `));
  return request === undefined ? question : question.slice(request.length + 1);
}

/** A question that asks for the pose of the person in the picture, as `normaliseSentence` leaves it. */
export function evidenceQuestion(random: Random): string {
  return normaliseSentence(random.pick(EVIDENCE_QUESTIONS)).join(' ');
}
