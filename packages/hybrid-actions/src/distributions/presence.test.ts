import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hybrid, predicateHolds, real, tokens, when } from '../index.js';
import { presenceMasks } from './presence.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

describe('presenceMasks', () => {
  test.each([1, 2, 3])('count a token’s occurrences as predicateHolds does: %i', (atLeast) => {
    const answers = [[7, 3, 7, 1], [3, 7, 1, 0], [3, 3, 3, 1], [7, 7, 7, 7]]; // prettier-ignore
    const { fields } = hybrid({
      answer: tokens({ vocabularySize: 9, maxLength: 4, end: 1 }),
      pose: when('answer', { contains: 7, atLeast }, real({ size: 1 })),
    });
    const present = tidy(
      () =>
      Array.from(presenceMasks(fields, { answer: tensor2d(answers, undefined, 'int32') }, 4)['pose']?.dataSync() ?? []), // prettier-ignore
    );
    expect(present.map(Boolean)).toEqual(answers.map((ids) => predicateHolds({ contains: 7, atLeast }, ids)));
    expect(present.filter(Boolean)).toHaveLength([3, 2, 1][atLeast - 1] ?? -1);
  });
});
