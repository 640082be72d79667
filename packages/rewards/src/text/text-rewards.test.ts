import { constraintOf } from '@pose-rft/text-pose';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReward } from './format-reward.js';
import { lengthPenalty } from './length-penalty.js';
import { learnLexicalWeights, LexicalWeightsError, parseLexicalWeights } from './lexical-weights.js';
import { repetitionPenalty } from './repetition-penalty.js';
import type { Reward } from '../reward.js';
import { statementReward } from './statement-reward.js';
import { textNGrams } from './text-n-grams.js';
import { textSimilarity } from './text-similarity-reward.js';

const answer = (action: string): string => action;

function scoresOf(reward: Reward<undefined, string>, ...actions: string[]): number[] {
  return [...reward.score({ rows: actions.map((action) => ({ prompt: undefined, action })) }).values];
}

describe('formatReward', () => {
  it('wants text, then exactly one <POSE> at the end', () => {
    const reward = formatReward<undefined, string>({ answer });
    expect(
      scoresOf(
        reward,
        'The SMPL pose of this person is <POSE>.',
        'sure, it is <POSE>',
        ' the pose is <POSE> . ',
        '<POSE>',
        'it is <POSE> <POSE>.',
        'it is <POSE>, I think',
        'no pose',
        '',
      ),
    ).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('takes another template, even one that remembers its position, and applies where it is told', () => {
    const reward = formatReward({
      answer,
      template: /^yes$/g,
      appliesTo: (prompt: string) => prompt !== 'vqa',
    });
    const { values } = reward.score({
      rows: ['pose', 'pose', 'vqa'].map((prompt) => ({ prompt, action: 'yes' })),
    });
    expect([...values]).toEqual([1, 1, Number.NaN]);
  });
});

describe('statementReward', () => {
  const reward = statementReward<undefined, string>({
    answer,
    facts: () => [
      constraintOf('angle:left_elbow', 'bent'),
      constraintOf('angle:left_elbow', 'rightAngle'),
      constraintOf('angle:right_knee', 'bent'),
    ],
  });

  it('counts the first two statements that are true and of different measurements', () => {
    expect(
      scoresOf(
        reward,
        'left elbow bent, right knee bent: <POSE>.',
        'the left elbow is bent and the right knee is bent. <POSE>',
        'right knee bent, right elbow bent <POSE>',
        'left elbow bent, left elbow at a right angle <POSE>',
        'left knee bent, right elbow bent, right knee bent <POSE>',
        'sure, left elbow bent, right knee bent <POSE>',
        '<POSE> left elbow bent, right knee bent',
        '',
      ),
    ).toEqual([1, 1, 0.5, 0.5, 0, 0.5, 0, 0]);
  });

  it('declines where there is nothing to say', () => {
    const silent = statementReward<undefined, string>({ answer, facts: () => [] });
    expect(scoresOf(silent, 'left elbow bent')).toEqual([Number.NaN]);
    expect(() => statementReward({ answer, facts: () => [], statements: 0 })).toThrow(RangeError);
  });
});

describe('textSimilarity', () => {
  it('is symmetric, bounded, and 1 for the same words', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, second) => {
        const similarity = textSimilarity(first, second);
        expect(similarity).toBeGreaterThanOrEqual(0);
        expect(similarity).toBeLessThanOrEqual(1);
        expect(textSimilarity(second, first)).toBeCloseTo(similarity, 12);
        expect(textSimilarity(first, first)).toBeCloseTo(1, 12);
      }),
    );
    expect(textSimilarity('A dog, running!', 'a dog running')).toBeCloseTo(1, 12);
  });

  it('orders what has more in common first, and notices the order of words', () => {
    const text = 'the man raises his left arm';
    expect(textSimilarity(text, 'the man raises his right arm')).toBeGreaterThan(
      textSimilarity(text, 'a woman sits on a chair'),
    );
    expect(textSimilarity('dog bites man', 'man bites dog')).toBeLessThan(0.95);
    expect(textSimilarity('', 'a dog')).toBe(0);
  });
});

/** The same by its definition: counts in maps, weights by name. */
function plainSimilarity(first: string, second: string, weightOf: (nGram: string) => number): number {
  const vector = (nGrams: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const nGram of nGrams) counts.set(nGram, (counts.get(nGram) ?? 0) + weightOf(nGram));
    return counts;
  };
  const cosine = (a: Map<string, number>, b: Map<string, number>): number => {
    if (a.size === 0 || b.size === 0) return a.size === b.size ? 1 : 0;
    const norm = (each: Map<string, number>): number => Math.hypot(...each.values());
    return [...a].reduce((sum, [nGram, value]) => sum + value * (b.get(nGram) ?? 0), 0) / (norm(a) * norm(b));
  };
  const [a, b] = [textNGrams(first), textNGrams(second)];
  return (cosine(vector(a.trigrams), vector(b.trigrams)) + cosine(vector(a.words), vector(b.words))) / 2;
}

describe('text similarity by its definition', () => {
  const text = fc
    .array(fc.constantFrom('left', 'Right', 'knee', 'is', 'BENT', 'ß', '左膝', '𝒳𝒴', 'a', '7', '!', 'knee'), {
      maxLength: 9,
    })
    .map((words) => words.join(' '));

  it('is the same, for any script', () => {
    fc.assert(
      fc.property(text, text, (first, second) => {
        expect(textSimilarity(first, second)).toBeCloseTo(
          plainSimilarity(first, second, () => 1),
          10,
        );
      }),
    );
  });

  it('is the same with weights, also after storing them', () => {
    const texts = ['the left knee is bent', 'the right knee is bent', 'the head is up', '左膝 is bent'];
    const weights = parseLexicalWeights(JSON.stringify(learnLexicalWeights(texts)));
    const known = new Map([...weights.trigrams, ...weights.words]);
    const weightOf = (nGram: string): number => Math.log(5 / (1 + (known.get(nGram) ?? 0))) + 1;
    fc.assert(
      fc.property(text, text, (first, second) => {
        expect(textSimilarity(first, second, weights)).toBeCloseTo(
          plainSimilarity(first, second, weightOf),
          10,
        );
      }),
    );
  });
});

describe('lexical weights', () => {
  it('make what is rare count more', () => {
    const weights = learnLexicalWeights(['the knee', 'the arm', 'the head', 'the foot'], {
      minimumDocuments: 1,
    });
    const inCommon = (shared: string, weighed?: typeof weights): number =>
      textSimilarity(`${shared} xyz`, `${shared} uvw`, weighed);
    expect(inCommon('the', weights)).toBeLessThan(inCommon('the'));
    expect(weights.words.find(([word]) => word === 'the')).toEqual(['the', 4]);
    expect(learnLexicalWeights(['one', 'two']).words).toEqual([]);
  });

  it.each<[string, string]>([
    ['no JSON', '{'],
    ['null', 'null'],
    ['no number of documents', '{"trigrams": [], "words": []}'],
    ['words that are no list', '{"documents": 1, "trigrams": [], "words": {}}'],
    ['a count above the documents', '{"documents": 1, "trigrams": [], "words": [["a", 2]]}'],
    ['a count of text', '{"documents": 1, "trigrams": [["abc", "1"]], "words": []}'],
    ['an entry that is no pair', '{"documents": 1, "trigrams": [], "words": ["a"]}'],
  ])('are not read from %s', (_, json) => {
    expect(() => parseLexicalWeights(json)).toThrow(LexicalWeightsError);
  });

  it('need texts', () => {
    expect(() => learnLexicalWeights([])).toThrow(RangeError);
    expect(() => learnLexicalWeights(['a'], { minimumDocuments: 0 })).toThrow(RangeError);
  });
});

describe('penalties', () => {
  it('of length rise between the limits', () => {
    const reward = lengthPenalty<undefined, string>({
      length: (action) => action.length,
      softLimit: 2,
      hardLimit: 6,
    });
    expect(scoresOf(reward, '', 'ab', 'abc', 'abcdef', 'abcdefgh')).toEqual([0, 0, -0.25, -1, -1]);
    for (const [softLimit, hardLimit] of [
      [-1, 2],
      [2, 2],
      [0, Infinity],
    ] as const)
      expect(() => lengthPenalty({ length: () => 0, softLimit, hardLimit })).toThrow(RangeError);
    const unknown = lengthPenalty<undefined, string>({
      length: () => Number.NaN,
      softLimit: 0,
      hardLimit: 1,
    });
    expect(() => scoresOf(unknown, 'a')).toThrow(/a length/);
  });

  it('of repetition count n-grams that stood there before', () => {
    const reward = repetitionPenalty<undefined, string>({ tokens: (action) => action.split(' '), n: 2 });
    // a b, b a, a b: one of three again.
    expect(scoresOf(reward, 'a b c', 'a b a b', 'a', 'a a a a a')).toEqual([
      0,
      Math.fround(-1 / 3),
      0,
      -0.75,
    ]);
    expect(() => repetitionPenalty({ tokens: () => [], n: 0 })).toThrow(RangeError);
  });

  it('of repetition are the same for short and for long answers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 1, max: 4 }),
        (tokens, n) => {
          const reward = repetitionPenalty<undefined, number[]>({ tokens: (action) => action, n });
          const total = Math.max(0, tokens.length - n + 1);
          const distinct = new Set(Array.from({ length: total }, (_, at) => tokens.slice(at, at + n).join()))
            .size;
          const [value = Number.NaN] = reward.score({ rows: [{ prompt: undefined, action: tokens }] }).values;
          expect(value).toBeCloseTo(total === 0 ? 0 : distinct / total - 1, 6);
        },
      ),
    );
  });
});
