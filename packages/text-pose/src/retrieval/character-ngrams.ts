const LENGTHS = [3, 4, 5];

/**
 * The buckets of a word's character n-grams of 3 to 5 characters, and of the whole word, between marks for its ends
 * (P. Bojanowski et al., "Enriching Word Vectors with Subword Information", 2017): "bend" and "bending" share some. Each
 * n-gram goes to a bucket by its FNV-1a hash.
 *
 * @returns numbers in [0, bucketCount), at least one
 */
export function characterNgramBuckets(word: string, bucketCount: number): Int32Array {
  const marked = Array.from(`<${word}>`);
  const ngrams = new Set([marked.join('')]);
  for (const length of LENGTHS)
    for (let start = 0; start + length <= marked.length; start++)
      ngrams.add(marked.slice(start, start + length).join(''));
  return Int32Array.from(ngrams, (ngram) => fnv1a(ngram) % bucketCount);
}

/** The 32-bit FNV-1a hash of a string's UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
