import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createHuggingFaceTokenizer } from './hugging-face-tokenizer.js';
import { parseTokenizer, TokenizerError, type TextPiece } from './tokenizer.js';
import { trainBytePairTokenizer, type BytePairTokenizerJson } from './train-byte-pair-tokenizer.js';

interface Golden {
  readonly trainingTexts: readonly string[];
  readonly trained: BytePairTokenizerJson;
  readonly encodings: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

/** By Hugging Face's tokenizers, through tools/parity/tokenizers/generate.py. */
const golden = JSON.parse(
  readFileSync(new URL('../golden/tokenizers.golden.json', import.meta.url), 'utf8'),
) as Golden;
const tokenizerConfig = { eos_token: '</s>', pad_token: { content: '<pad>' } };
const trained = trainBytePairTokenizer(golden.trainingTexts, {
  vocabularySize: 400,
  minFrequency: 3,
  specialTokens: ['<pad>', '</s>'],
});
const tokenizer = createHuggingFaceTokenizer({
  tokenizerJson: trained,
  tokenizerConfig,
  addedSpecialTokens: ['<POSE>'],
});
const literal = (text: string): TextPiece => ({ kind: 'literal', text });
const trusted = (text: string): TextPiece => ({ kind: 'trusted', text });

describe('trainBytePairTokenizer', () => {
  it("makes the tokenizer.json of Hugging Face's BpeTrainer", () => {
    expect(trained).toEqual(golden.trained);
  });

  it('stops where no pair is frequent enough', () => {
    expect(trainBytePairTokenizer(['aa aa', 'bc'], { vocabularySize: 400 }).model.merges).toEqual([
      ['a', 'a'],
    ]);
    expect(trainBytePairTokenizer([], { vocabularySize: 256 }).model.merges).toEqual([]);
  });

  it.each([
    [{ vocabularySize: 255 }, /at least 256 \(256 bytes and 0 special tokens\), found 255/],
    [{ vocabularySize: 300, minFrequency: 0 }, /minFrequency to be an integer above 0, found 0/],
    [{ vocabularySize: 300, specialTokens: ['<a>', '<a>'] }, /special token "<a>" is empty or there twice/],
  ])('refuses %j', (options, message) => {
    expect(() => trainBytePairTokenizer([], options)).toThrow(TokenizerError);
    expect(() => trainBytePairTokenizer([], options)).toThrow(message);
  });
});

describe('createHuggingFaceTokenizer', () => {
  it.each(golden.encodings)("encodes $text as Hugging Face's own does", ({ text, ids }) => {
    expect(tokenizer.encode(text).ids).toEqual(ids);
    expect(tokenizer.encodePieces([trusted(text)]).ids).toEqual(ids);
  });

  it('adds special tokens behind the vocabulary', () => {
    expect(tokenizer.idOf('<POSE>')).toBe(trained.model.merges.length + 258);
    expect(tokenizer.size).toBe(trained.model.merges.length + 259);
    expect(tokenizer.isSpecial(tokenizer.idOf('<POSE>') ?? -1)).toBe(true);
    expect(tokenizer.isSpecial(tokenizer.idOf('a') ?? -1)).toBe(false);
  });

  it('never takes a special token from literal text, also where it meets trusted text', () => {
    for (const text of [
      '<POSE>',
      'a</s>b',
      '<pad><pad>',
      '\u{10FFFD}258\u{10FFFC}',
      '\u{10FFFD}\u{10FFFD}1\u{10FFFC}',
    ]) {
      const { ids } = tokenizer.encodePieces([literal(text)]);
      expect(ids.some(tokenizer.isSpecial), text).toBe(false);
      expect(tokenizer.decode(ids)).toBe(text);
    }
    const mixed = tokenizer.encodePieces([
      literal('<PO'),
      trusted('SE> <POSE>'),
      literal('\u{10FFFD}'),
      trusted('</s>'),
    ]);
    expect(mixed.ids.filter(tokenizer.isSpecial)).toEqual([tokenizer.idOf('<POSE>'), tokenizer.idOf('</s>')]);
  });

  it('encodes stretches as one text, and puts ids where they stand', () => {
    const whole = tokenizer.encode('A person is standing').ids;
    expect(tokenizer.encodePieces([trusted('A '), literal('person is'), trusted(' standing')]).ids).toEqual(
      whole,
    );
    const inserted: TextPiece = { kind: 'ids', ids: [7, 8, 9] };
    expect(tokenizer.encodePieces([literal('A'), inserted, inserted, literal('person')]).ids).toEqual([
      ...tokenizer.encode('A').ids,
      7, 8, 9, 7, 8, 9,
      ...tokenizer.encode('person').ids,
    ]); // prettier-ignore
    expect(tokenizer.encodePieces([]).ids).toEqual([]);
  });

  it('leaves out of the text what begins, ends and pads', () => {
    expect(tokenizer.decode(tokenizer.encode('<pad>here: <POSE></s>').ids)).toBe('here: <POSE>');
    expect(tokenizer.decode([])).toBe('');
    expect(() => tokenizer.decode([tokenizer.size])).toThrow(/is no token id/);
  });

  it('survives JSON', () => {
    const restored = parseTokenizer(JSON.parse(JSON.stringify(tokenizer)));
    expect(restored.vocabulary).toEqual(tokenizer.vocabulary);
    expect(restored.decode(tokenizer.encode('a <POSE></s>').ids)).toBe('a <POSE>');
  });

  it.each<[unknown, RegExp]>([
    [null, /expected tokenizer.json to be an object, found null/],
    [{}, /cannot use the files: .*model/],
    [{ ...trained, added_tokens: 3 }, /"added_tokens" .* to be an array, found 3/],
    [{ ...trained, added_tokens: [{ id: -1, content: 'a' }] }, /added token 0 has the id -1/],
    [{ ...trained, model: { type: 'Unknown' } }, /cannot use the files/],
  ])('refuses %j', (tokenizerJson, message) => {
    expect(() => createHuggingFaceTokenizer({ tokenizerJson })).toThrow(TokenizerError);
    expect(() => createHuggingFaceTokenizer({ tokenizerJson })).toThrow(message);
  });
});
