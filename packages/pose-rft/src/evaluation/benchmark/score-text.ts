import { isWellFormedAnswer } from '@pose-rft/datasets';
import { textSimilarity } from '@pose-rft/rewards';
import { scoreAnswerText } from '../answer-text.js';
import type { SampleScores } from './benchmark-metrics.js';
import type { BenchmarkSample } from './benchmark.js';

/** Means over the texts of the answers to one sample; nothing where no answer has a text. */
export function scoreTexts(sample: BenchmarkSample, texts: readonly string[]): SampleScores {
  if (texts.length === 0) return {};
  const { answer, person, wantsStatements } = sample.truth;
  const meanOf = (score: (text: string) => number): number =>
    texts.reduce((sum, text) => sum + score(text), 0) / texts.length;
  return {
    format: meanOf((text) => (isWellFormedAnswer(text) ? 1 : 0)),
    ...(answer !== undefined && { textSimilarity: meanOf((text) => textSimilarity(text, answer)) }),
    ...(wantsStatements === true &&
      person !== undefined && {
        statementTruth: scoreAnswerText(
          {
            kind: 'evidence-to-pose',
            question: sample.question,
            constraints: [],
            targetJoints: new Float32Array(72),
            targetPose6d: person.pose6d,
          },
          texts,
        ).statementTruth,
      }),
  };
}
