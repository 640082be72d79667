import type { Random } from '@pose-rft/random';
import { POSE_TOKEN } from './pose-prompt.js';

/** Openings of an answer to a text-to-pose question. */
export const TEXT_ANSWERS: readonly string[] = [
  'sure , here is the pose :',
  'here is the pose :',
  'sure , the pose is :',
  'of course , here it is :',
];

/** An answer to a text-to-pose question. */
export function textAnswer(random: Random): string {
  return `${random.pick(TEXT_ANSWERS)} ${POSE_TOKEN} .`;
}

/** An answer to an evidence-to-pose question, which names what it sees. */
export function evidenceAnswer(statements: readonly string[]): string {
  return `${statements.join(' , ')} : ${POSE_TOKEN} .`;
}

/**
 * Breaks a well-formed answer as a badly trained model would: half of the time the pose is missing, a quarter of the
 * time the full stop, a quarter of the time there are two poses.
 */
export function malformedAnswer(answer: string, random: Random): string {
  const fault = random.uniform();
  if (fault < 0.5) return answer.replace(`${POSE_TOKEN} `, '');
  if (fault < 0.75) return answer.slice(0, -' .'.length);
  return answer.replace(POSE_TOKEN, `${POSE_TOKEN} ${POSE_TOKEN}`);
}

/**
 * The one form of an answer that is accepted: words without angle brackets, then exactly one `<POSE>`, then a full
 * stop. What counts well-formed answers and what rewards them must mean the same, so both take it from here.
 */
export const ANSWER_TEMPLATE = /^(?=[^<>]*\w)[^<>]*<POSE>\s*\.$/;

/** Whether an answer has the form of {@link ANSWER_TEMPLATE}. */
export function isWellFormedAnswer(answer: string): boolean {
  return ANSWER_TEMPLATE.test(answer);
}
