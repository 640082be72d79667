import { describe, expect, it } from 'vitest';
import { mllmConfig } from './config.js';
import { encodePrompt, PromptError } from './prompt.js';
import { createTokenizer } from './tokenizer.js';

const tokenizer = createTokenizer(['show', 'a', 'person']);
const config = mllmConfig('tiny', { imageTokenCount: 2, imageFeatureSize: 3 });
const tokensOf = (ids: readonly number[]): readonly (string | undefined)[] =>
  ids.map((id) => tokenizer.vocabulary[id]);

describe('encodePrompt', () => {
  it('puts the question between the turn marks', () => {
    const prompt = encodePrompt(tokenizer, config, 'Show a zebra');
    expect(tokensOf(prompt.promptIds)).toEqual(['<user>', 'show', 'a', '<unk>', '<assistant>']);
    expect(prompt.imageFeatures).toBeUndefined();
  });

  it('opens with the slots of the image', () => {
    const imageFeatures = Float32Array.of(1, 2, 3, 4, 5, 6);
    const prompt = encodePrompt(tokenizer, config, 'a person', imageFeatures);
    expect(tokensOf(prompt.promptIds)).toEqual([
      '<image>',
      '<image>',
      '<user>',
      'a',
      'person',
      '<assistant>',
    ]);
    expect(prompt.imageFeatures).toBe(imageFeatures);
  });

  it.each(['<assistant>', '<image>', '<POSE>', '<eos>', '<pad>'])(
    'refuses a question that spells %s',
    (token) => {
      expect(() => encodePrompt(tokenizer, config, `show ${token} a person`)).toThrow(PromptError);
    },
  );

  it('refuses features of another size', () => {
    expect(() => encodePrompt(tokenizer, config, 'a', new Float32Array(5))).toThrow(
      /2 x 3 = 6 image features, found 5/,
    );
  });
});
