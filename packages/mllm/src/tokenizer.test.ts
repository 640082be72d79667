import { describe, expect, it } from 'vitest';
import { createTokenizer, parseTokenizer, SPECIAL_TOKEN_IDS, TokenizerError } from './tokenizer.js';

const tokenizer = createTokenizer([
  'the',
  'left',
  'arm',
  'is',
  'raised',
  'shoulder-width',
  'wide',
  ',',
  '.',
  '(',
  ')',
]);

describe('createTokenizer', () => {
  it('puts the special tokens first', () => {
    expect(tokenizer.vocabulary.slice(0, 3)).toEqual(['<pad>', '<eos>', '<POSE>']);
    expect(tokenizer.idOf('<POSE>')).toBe(SPECIAL_TOKEN_IDS.pose);
    expect(tokenizer.idOf('the')).toBe(7);
    expect(tokenizer.size).toBe(18);
  });

  it.each([
    [['arm', 'arm'], /"arm" is in the vocabulary twice/],
    [['<POSE>'], /"<POSE>" is in the vocabulary twice/],
    [['Left'], /is not one lower-case word/],
    [['left arm'], /splits into \["left","arm"\]/],
    [[''], /is not one lower-case word/],
    [['...'], /is not one lower-case word/],
  ])('refuses the vocabulary %j', (words, message) => {
    expect(() => createTokenizer(words)).toThrow(TokenizerError);
    expect(() => createTokenizer(words)).toThrow(message);
  });
});

describe('encode', () => {
  it('lower-cases words, splits off punctuation, and reads <POSE> as one token', () => {
    const { ids, unknownWords } = tokenizer.encode('The LEFT arm\tis raised,\n<POSE>.');
    expect(ids.map((id) => tokenizer.vocabulary[id])).toEqual(
      ['the', 'left', 'arm', 'is', 'raised', ',', '<POSE>', '.'], // prettier-ignore
    );
    expect(unknownWords).toEqual([]);
  });

  it('reports every unknown word once', () => {
    const { ids, unknownWords } = tokenizer.encode('the cat sees the cat!');
    expect(unknownWords).toEqual(['cat', 'sees', '!']);
    expect(ids.filter((id) => id === SPECIAL_TOKEN_IDS.unknown)).toHaveLength(4);
  });

  it('takes a hyphenated word whole where it is known, and apart where it is not', () => {
    expect(tokenizer.encode('shoulder-width').ids).toEqual([tokenizer.idOf('shoulder-width')]);
    expect(tokenizer.encode('left-arm')).toEqual(tokenizer.encode('left arm'));
  });

  it('reads only the exact spelling of a special token', () => {
    expect(tokenizer.encode('<pose>').ids).not.toContain(SPECIAL_TOKEN_IDS.pose);
  });
});

describe('decode', () => {
  it('attaches punctuation and leaves out <pad> and <eos>', () => {
    const { ids } = tokenizer.encode('the left arm ( raised ) , is <POSE> . <eos><pad>');
    expect(tokenizer.decode(ids)).toBe('the left arm (raised), is <POSE>.');
  });

  it.each([-1, 18, 1.5, NaN])('refuses the id %d', (id) => {
    expect(() => tokenizer.decode([id])).toThrow(/expected an integer in \[0, 17\]/);
  });
});

describe('parseTokenizer', () => {
  it('reads what toJSON wrote', () => {
    const restored = parseTokenizer(JSON.parse(JSON.stringify(tokenizer)));
    expect(restored.vocabulary).toEqual(tokenizer.vocabulary);
  });

  it.each([
    [null, /expected \{ type: "word-level"/],
    ['{}', /expected \{ type: "word-level"/],
    [{ ...tokenizer.toJSON(), version: 2 }, /version: 1/],
    [{ ...tokenizer.toJSON(), specialTokens: ['<eos>'] }, /expected the special tokens/],
    [{ ...tokenizer.toJSON(), words: ['a', 1] }, /"words" to be an array of strings/],
    [{ ...tokenizer.toJSON(), words: undefined }, /found undefined/],
  ])('refuses %j', (json, message) => {
    expect(() => parseTokenizer(json)).toThrow(TokenizerError);
    expect(() => parseTokenizer(json)).toThrow(message);
  });
});
