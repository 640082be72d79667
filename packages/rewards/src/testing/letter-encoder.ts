import type { SentenceEncoder } from '../text/embedding-similarity-reward.js';

/** An encoder for tests: how often each letter from a to z occurs. Counts its calls and its texts. */
export function letterEncoder(): SentenceEncoder & { readonly calls: string[][] } {
  const calls: string[][] = [];
  const featureSize = 26;
  return {
    name: 'letters',
    featureSize,
    calls,
    encode: (texts) => {
      calls.push([...texts]);
      const rows = new Float32Array(texts.length * featureSize);
      texts.forEach((text, row) => {
        for (const letter of text) {
          const index = letter.charCodeAt(0) - 97;
          if (index >= 0 && index < featureSize)
            rows[row * featureSize + index] = (rows[row * featureSize + index] ?? 0) + 1;
        }
      });
      return Promise.resolve(rows);
    },
  };
}
