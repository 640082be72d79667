import { DATASET_VOCABULARY } from '@pose-rft/datasets';
import type { Random } from '@pose-rft/random';
import { normaliseSentence } from '@pose-rft/text-pose';

/** What is asked when somebody gives a picture and no question. */
export const DEFAULT_PICTURE_QUESTION = 'What is the pose of this person?';

/** Wordings of a question about a picture. */
export const PICTURE_QUESTIONS: readonly string[] = [
  DEFAULT_PICTURE_QUESTION,
  'What is the pose of the person?',
  'What is the SMPL pose of this person?',
  'Describe the person in this picture and give the SMPL pose.',
  'Estimate the pose of the person in the photograph.',
  'How is this person posed?',
  'Can you give me the pose of the person in this image?',
];

/** One of {@link PICTURE_QUESTIONS}. */
export function pictureQuestion(random: Random): string {
  return random.pick(PICTURE_QUESTIONS);
}

/** Every word of questions about pictures, and of their answers. */
export const PICTURE_VOCABULARY: readonly string[] = [
  ...new Set([...DATASET_VOCABULARY, ...PICTURE_QUESTIONS.flatMap(normaliseSentence)]),
].sort();
