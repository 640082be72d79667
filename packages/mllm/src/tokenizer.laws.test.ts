import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createTokenizer, parseTokenizer, SPECIAL_TOKEN_IDS } from './tokenizer.js';

const word = fc.stringMatching(/^[a-z]{1,6}(-[a-z]{1,4})?$/);
const vocabulary = fc
  .uniqueArray(fc.oneof(word, fc.constantFrom(',', '.', '(', ')', '?', '%', '-')), {
    minLength: 1,
    maxLength: 30,
  })
  .map((words) => createTokenizer(words));
const withIds = vocabulary.chain((tokenizer) =>
  fc.tuple(
    fc.constant(tokenizer),
    fc.array(fc.nat({ max: tokenizer.size - 1 }).filter((id) => id !== SPECIAL_TOKEN_IDS.unknown)),
  ),
);

describe('a tokenizer', () => {
  test.prop([withIds])('encodes what it decoded, but for <pad> and <eos>', ([tokenizer, ids]) => {
    const visible = ids.filter(
      (id) => id !== SPECIAL_TOKEN_IDS.pad && id !== SPECIAL_TOKEN_IDS.endOfSequence,
    );
    expect(tokenizer.encode(tokenizer.decode(ids))).toEqual({ ids: visible, unknownWords: [] });
  });

  test.prop([vocabulary, fc.string({ unit: 'binary' })])(
    'encodes any text to ids of its vocabulary',
    (tokenizer, text) => {
      const { ids, unknownWords } = tokenizer.encode(text);
      for (const id of ids) expect(tokenizer.vocabulary[id]).toBeDefined();
      expect(ids.includes(SPECIAL_TOKEN_IDS.unknown) || unknownWords.length === 0).toBe(true);
    },
  );

  test.prop([vocabulary, fc.string(), fc.string()])(
    'encodes two texts as it encodes them joined by a space',
    (tokenizer, a, b) => {
      expect(tokenizer.encode(`${a} ${b}`).ids).toEqual([
        ...tokenizer.encode(a).ids,
        ...tokenizer.encode(b).ids,
      ]);
    },
  );

  test.prop([vocabulary])('survives JSON', (tokenizer) => {
    expect(parseTokenizer(JSON.parse(JSON.stringify(tokenizer))).vocabulary).toEqual(tokenizer.vocabulary);
  });
});
