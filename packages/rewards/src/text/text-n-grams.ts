/** The words of a text: runs of letters and digits, in lower case. */
export function wordsOf(text: string): readonly string[] {
  const lower = text.toLowerCase();
  // The same in ASCII, and several times as fast.
  const pattern = isAscii(lower) ? /[a-z0-9]+/g : /[\p{Letter}\p{Number}]+/gu;
  return lower.match(pattern) ?? [];
}

/** The n-grams that texts are compared by, as strings: what weights are learned from. */
export function textNGrams(text: string): {
  readonly trigrams: readonly string[];
  readonly words: readonly string[];
} {
  const words = wordsOf(text);
  const characters = words.length === 0 ? [] : [...` ${words.join(' ')} `];
  return {
    trigrams: characters.slice(2).map((last, start) => `${characters[start]}${characters[start + 1]}${last}`),
    words: [...words, ...words.slice(1).map((second, index) => `${words[index]} ${second}`)],
  };
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false;
  return true;
}
