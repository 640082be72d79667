import type { Reward } from '@pose-rft/hygrpo';
import { continuousRankedProbabilityScore, forecastOf } from './forecast.js';
import type { Answer } from './policy.js';
import type { Question } from './question.js';
import { BY, END, idOf, NUMBER } from './vocabulary.js';

/** What an answer's words amount to. */
export type Verdict = 'right' | 'wrong' | 'unsure' | 'malformed';

/** The only form of an answer: `red`, `blue` or `unsure`, then `by NUMBER <end>`. */
export function judgeWords(question: Question, answer: readonly number[]): Verdict {
  const [said, by, number, end] = answer;
  if (answer.length !== 4 || by !== BY || number !== NUMBER || end !== END) return 'malformed';
  if (said === idOf('unsure')) return 'unsure';
  if (said !== idOf('red') && said !== idOf('blue')) return 'malformed';
  return (said === idOf('red')) === question.differenceKilograms > 0 ? 'right' : 'wrong';
}

export const WORTH: Readonly<Record<Verdict, number>> = { right: 1, unsure: 0, wrong: -3, malformed: -3 };

/** It pays to be unsure where neither bag is the heavier with at least this probability: 3/4. */
export const LEAST_PROBABILITY = (WORTH.unsure - WORTH.wrong) / (WORTH.right - WORTH.wrong);

export const worthOfWords: Reward<Question, Answer> = {
  name: 'words',
  drives: 'answer',
  score: ({ rows }) => ({
    values: Float32Array.from(rows, ({ prompt, action }) => WORTH[judgeWords(prompt, action.answer)]),
  }),
};

/** A proper scoring rule: the estimate pays best where it says what can be known, and how well. */
export const forecastScore: Reward<Question, Answer> = {
  name: 'forecast',
  drives: 'estimate',
  score: ({ rows }) => ({
    values: Float32Array.from(rows, ({ prompt, action }) =>
      action.estimate === undefined
        ? NaN
        : -continuousRankedProbabilityScore(forecastOf(action.estimate), prompt.differenceKilograms),
    ),
  }),
};
