import { describe, expect, it } from 'vitest';
import { createHuggingFaceTokenizer } from '../hugging-face-tokenizer.js';
import { mllmConfig, type MllmConfig } from '../config.js';
import { createByteLevelFormat, TEMPLATES } from '../testing/chat-model.js';
import { createTokenizer } from '../tokenizer.js';
import { trainBytePairTokenizer } from '../train-byte-pair-tokenizer.js';
import { checkTokenAgreement, TokenAgreementError } from './token-agreement.js';

const { tokenizer, config } = createByteLevelFormat(TEMPLATES['chatml'] ?? expect.fail());
const { tokenIds } = config;

function disagreements(...given: Parameters<typeof checkTokenAgreement>): readonly string[] {
  try {
    checkTokenAgreement(...given);
    return [];
  } catch (error) {
    if (error instanceof TokenAgreementError) return error.disagreements;
    throw error;
  }
}

describe('checkTokenAgreement', () => {
  it('finds none where a model was made for its tokenizer', () => {
    expect(disagreements(tokenizer, config)).toEqual([]);
    const words = createTokenizer(['a', 'b']);
    expect(disagreements(words, mllmConfig('tiny', { vocabularySize: words.size }))).toEqual([]);
    expect(disagreements(tokenizer, { ...config, imageTokenCount: 0, tokenIds: { ...tokenIds, image: null, pose: null } })).toEqual([]); // prettier-ignore
  });

  const ordinary = tokenizer.encode('p').ids[0] ?? -1;
  const end = { ...tokenIds, endOfSequence: 5 };
  it.each<[string, Partial<MllmConfig>, RegExp]>([
    ['vocabulary', { vocabularySize: 100 }, /has \d+ tokens, the model 100 rows/],
    ['end', { tokenIds: end }, /<\/s> is 1 to the tokenizer, but the model's tokenIds.endOfSequence is 5/],
    ['pose', { tokenIds: { ...tokenIds, pose: 4 } }, /<POSE> is \d+ .* tokenIds.pose is 4; .*poseTokenId/],
    ['image', { tokenIds: { ...tokenIds, image: 4 } }, /<image> is 2 .* tokenIds.image is 4/],
    ['begin', { tokenIds: { ...tokenIds, unanswerable: [2] } }, /<s> \(0\) begins a sequence, but the model may answer/],
    ['slot', { poseInput: { tokenId: ordinary, tokenCount: 1, hiddenSize: 1 } }, /is the ordinary token "p"/],
    ['slot', { poseInput: { tokenId: tokenIds.pose ?? -1, tokenCount: 1, hiddenSize: 1 } }, /is tokenIds.pose too/],
  ])('names a disagreement on %s', (_, changes, message) => {
    const found = disagreements(tokenizer, { ...config, ...changes });
    expect(found).toEqual([expect.stringMatching(message)]);
    expect(() => checkTokenAgreement(tokenizer, { ...config, ...changes })).toThrow(message);
  }); // prettier-ignore

  it('names all at once', () => {
    expect(disagreements(tokenizer, mllmConfig('llava-1.5-7b'))).toEqual(
      ['endOfSequence', 'pose', 'image'].map((name): unknown => expect.stringContaining(`tokenIds.${name}`)),
    );
  });

  it('takes other names, and says when a tokenizer lacks one', () => {
    const other = createHuggingFaceTokenizer({
      tokenizerJson: trainBytePairTokenizer(['a pose'], { vocabularySize: 270, specialTokens: ['<end>', '<img>', '<bos>'] }), // prettier-ignore
      addedSpecialTokens: ['[POSE]'],
    });
    const fitting = {
      ...config,
      vocabularySize: other.size,
      poseInput: null,
      tokenIds: { endOfSequence: 0, image: 1, pose: other.idOf('[POSE]') ?? -1, unanswerable: [2] },
    };
    const names = { endOfSequence: '<end>', image: '<img>', pose: '[POSE]', beginOfSequence: '<bos>' };
    expect(disagreements(other, fitting, names)).toEqual([]);
    expect(disagreements(other, fitting, { ...names, pose: '<POSE>', beginOfSequence: '<s>' })).toEqual([
      expect.stringMatching(/the tokenizer has no <POSE>; add it/),
      expect.stringMatching(/begins a sequence with <s>, which it does not have/),
    ]);
    const unnamed = { image: '<img>', pose: '[POSE]' };
    expect(disagreements(other, fitting, unnamed)).toEqual([]);
    expect(disagreements(other, { ...fitting, tokenIds: { ...fitting.tokenIds, endOfSequence: ordinary } }, unnamed)).toEqual([
      expect.stringMatching(/is no special token of the tokenizer/),
    ]); // prettier-ignore
    const spelt = other.vocabulary[ordinary] ?? '';
    expect(disagreements(other, { ...fitting, tokenIds: { ...fitting.tokenIds, pose: ordinary } }, { ...names, pose: spelt })).toEqual([
      expect.stringMatching(/is an ordinary token of the tokenizer/),
    ]); // prettier-ignore
  });
});
