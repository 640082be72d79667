import { createRandom } from '@pose-rft/random';
import { normaliseSentence } from '@pose-rft/text-pose';
import { describe, expect, it } from 'vitest';
import { captionOfQuestion, TEXT_QUESTIONS, textQuestion } from './question.js';

describe('captionOfQuestion', () => {
  it('gives back the caption of every wording of a question, and bare captions', () => {
    const caption = 'a man kneeling , the left arm raised .';
    const random = createRandom(1);
    const questions = Array.from({ length: 60 }, () => textQuestion(caption, random));
    expect(new Set(questions).size).toBe(TEXT_QUESTIONS.length + 1);
    for (const question of questions) expect(captionOfQuestion(question)).toBe(caption);
  });

  it('leaves a question without a caption as it is', () => {
    const question = normaliseSentence('what is the pose of the person?').join(' ');
    expect(captionOfQuestion(question)).toBe(question);
  });
});
