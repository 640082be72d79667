import { continuousRankedProbabilityScore, covers, forecastOf, type Forecast } from './forecast.js';
import type { AnswerPolicy } from './policy.js';
import { posteriorForecast } from './posterior.js';
import type { Question } from './question.js';
import { judgeWords, LEAST_PROBABILITY, WORTH, type Verdict } from './rewards.js';
import { BY, END, idOf, NUMBER } from './vocabulary.js';

export interface Evaluation {
  /** Shares of the questions. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** The mean worth of the words, at most 1. */
  readonly words: number;
  /** The mean continuous ranked probability score of the estimates, in kilograms; less is better. */
  readonly crpsKilograms: number;
  /** The share of truths in the interval that is said to hold 80 % of them. */
  readonly coverage80: number;
  /** Words and estimate together: `words - crpsKilograms`. */
  readonly total: number;
}

/**
 * The likeliest answers to held-out questions. Estimates are asked for in the right form even where the words would
 * not have given one: each method is measured on all questions.
 */
export function evaluatePolicy(policy: AnswerPolicy, questions: readonly Question[]): Evaluation {
  const words = policy.answer(questions).map(({ answer }) => answer);
  const wellFormed = words.map(([said = idOf('unsure')]) => [said, BY, NUMBER, END]);
  const forecasts = policy.estimateAfter(questions, wellFormed).map(forecastOf);
  return summarise(
    questions,
    questions.map((question, index) => judgeWords(question, words[index] ?? [])),
    forecasts,
  );
}

/** Whoever knows how the questions are made, and reasons perfectly: no method can be expected to do better. */
export function evaluatePerfectReasoner(questions: readonly Question[]): Evaluation {
  const posteriors = questions.map(posteriorForecast);
  const verdicts = questions.map((question, index): Verdict => {
    const chance = posteriors[index]?.redHeavierProbability ?? 0.5;
    if (Math.max(chance, 1 - chance) < LEAST_PROBABILITY) return 'unsure';
    return chance > 0.5 === question.differenceKilograms > 0 ? 'right' : 'wrong';
  });
  return summarise(questions, verdicts, posteriors);
}

function summarise(
  questions: readonly Question[],
  verdicts: readonly Verdict[],
  forecasts: readonly Forecast[],
): Evaluation {
  const count = questions.length;
  const share = (verdict: Verdict): number => verdicts.filter((each) => each === verdict).length / count;
  let [crps, covered] = [0, 0];
  questions.forEach(({ differenceKilograms }, index) => {
    const forecast = forecasts[index] ?? { mean: NaN, standardDeviation: NaN };
    crps += continuousRankedProbabilityScore(forecast, differenceKilograms) / count;
    covered += (covers(forecast, differenceKilograms) ? 1 : 0) / count;
  });
  const words = verdicts.reduce((total, verdict) => total + WORTH[verdict], 0) / count;
  return {
    verdicts: {
      right: share('right'),
      wrong: share('wrong'),
      unsure: share('unsure'),
      malformed: share('malformed'),
    },
    words,
    crpsKilograms: crps,
    coverage80: covered,
    total: words - crps,
  };
}
