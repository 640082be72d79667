import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { characterNgramBuckets } from './character-ngrams.js';
import { swapSides } from './swap-sides.js';
import { frequentWords, wordSequence } from './word-sequence.js';

describe('swapSides', () => {
  it.each([
    ['the left arm over the right knee', 'the right arm over the left knee'],
    ['Left. RIGHT! leftover, bright', 'Right. LEFT! leftover, bright'],
    ['right elbow bent at a right angle', 'left elbow bent at a right angle'],
    ['a right-angled left knee, both at right angles', 'a right-angled right knee, both at right angles'],
    ['', ''],
  ])('%s -> %s', (text, mirrored) => {
    expect(swapSides(text)).toBe(mirrored);
  });

  const word = fc.constantFrom(
    'left',
    'right',
    'Left',
    'RIGHT',
    'angle',
    'angled',
    'arm',
    ',',
    'in',
    'upright',
  );
  test.prop([fc.array(word)])('twice gives the text back', (words) => {
    const text = words.join(' ');
    expect(swapSides(swapSides(text))).toBe(text);
  });
});

describe('wordSequence', () => {
  const everything = { skippedWords: new Set<string>(), maximumWords: 100 };
  it('splits words and marks, in lower case, whatever the script', () => {
    expect(wordSequence("Both KNEES bent (90°); isn't it? Größe!", everything)).toEqual(
      'both knees bent 90 , isn t it . größe .'.split(' '),
    );
  });

  it('leaves out what is skipped, and what is too far behind; nothing left is one empty word', () => {
    const options = { skippedWords: new Set(['the']), maximumWords: 2 };
    expect(wordSequence('the left the arm the up', options)).toEqual(['left', 'arm']);
    expect(wordSequence('the', options)).toEqual(['']);
    expect(wordSequence('', everything)).toEqual(['']);
  });
});

it('frequentWords: the most frequent first, ties by the alphabet', () => {
  const texts = ['b a', 'c a', 'c the a'];
  expect(frequentWords(texts)).toEqual(['a', 'c', 'b', 'the']);
  expect(frequentWords(texts, { skippedWords: ['the'], leastOccurrences: 2 })).toEqual(['a', 'c']);
  expect(frequentWords(texts, { largestSize: 1 })).toEqual(['a']);
});

describe('characterNgramBuckets', () => {
  test.prop([fc.string(), fc.integer({ min: 1, max: 5000 })])(
    'lie in range, at least one, and the same each time',
    (word, bucketCount) => {
      const buckets = characterNgramBuckets(word, bucketCount);
      expect(buckets.length).toBeGreaterThan(0);
      expect(buckets.every((bucket) => bucket >= 0 && bucket < bucketCount)).toBe(true);
      expect(characterNgramBuckets(word, bucketCount)).toEqual(buckets);
    },
  );

  it('inflections share buckets, other words hardly', () => {
    const shared = (first: string, second: string): number => {
      const buckets = new Set(characterNgramBuckets(first, 2 ** 30));
      return characterNgramBuckets(second, 2 ** 30).filter((bucket) => buckets.has(bucket)).length;
    };
    expect(shared('kneel', 'kneeling')).toBeGreaterThanOrEqual(9);
    expect(shared('kneel', 'sitting')).toBe(0);
  });
});
