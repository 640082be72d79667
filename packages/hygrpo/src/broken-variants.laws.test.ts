import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { advantageLaws, objectiveLaws, surrogateLaws, type Law } from './laws.js';
import { BROKEN_ADVANTAGES, BROKEN_OBJECTIVES, BROKEN_SURROGATES } from './testing/broken-variants.js';

/** Broken variants only need to be told from sound ones, not searched through; and always the same way. */
const FEW_RUNS = { runs: 15 };

beforeAll(async () => {
  fc.configureGlobal({ seed: 20_260, endOnFailure: true });
  await useBackend('cpu');
});
afterAll(() => fc.resetConfigureGlobal());
trackTensorLeaks({ beforeAll, afterAll });

describe('the laws catch', () => {
  const caught = (laws: readonly Law[], name: string): void => {
    const law = laws.find((each) => each.name === name);
    expect(law, `there is no law '${name}'`).toBeDefined();
    expect(() => law?.check()).toThrow();
  };

  test.each(BROKEN_ADVANTAGES)('$mistake', ({ variant, caughtBy }) => {
    caught(advantageLaws(variant), caughtBy);
  });

  test.each(BROKEN_OBJECTIVES)('$mistake', ({ variant, caughtBy }) => {
    caught(objectiveLaws(variant, FEW_RUNS), caughtBy);
  });

  test.each(BROKEN_SURROGATES)('$mistake', ({ variant, caughtBy }) => {
    caught(surrogateLaws(variant), caughtBy);
  });
});
