import { createLruCache } from '../lru-cache.js';
import { RewardInputError } from '../reward-input-error.js';
import { identified, type AsyncReward, type Described, type RewardIdentity } from '../reward.js';

/** Any encoder of sentences: N texts to [N, featureSize] numbers, row by row. */
export interface SentenceEncoder {
  readonly name: string;
  readonly featureSize: number;
  encode(texts: readonly string[]): Promise<Float32Array>;
}

export interface EmbeddingSimilarityRewardOptions<Prompt, Action> extends RewardIdentity {
  readonly answer: (action: Action) => string;
  /** The answer to be similar to; undefined: the reward declines. */
  readonly reference: (prompt: Prompt) => string | undefined;
  readonly encoder: SentenceEncoder;
  /** Texts of one call of the encoder, an integer >= 1. Default 32. */
  readonly textsPerCall?: number;
  /** Embeddings kept from earlier batches, an integer >= 0: references come back. Default 1024. */
  readonly cacheEntries?: number;
}

/**
 * The paper's text reward, cos(E(a), E(a*)): the cosine of the embeddings of the answer and of a reference, in [-1, 1];
 * NaN where the prompt has no reference, 0 where an embedding is zero. Each text is encoded once a batch; the signal
 * stops further calls.
 *
 * Whatever the encoder takes for the reference maximises it. Encoders hardly notice "left" for "right", or a "not", and
 * sentences of the same topic score high throughout: look at the spread of the values before choosing its weight.
 *
 * @throws RangeError if textsPerCall or cacheEntries is not such an integer
 * @throws RewardInputError (when scoring) if the encoder answers with other than [texts, featureSize] finite numbers
 * @example
 * ```ts
 * import { embeddingSimilarityReward, type SentenceEncoder } from '@pose-rft/rewards';
 *
 * const encoder: SentenceEncoder = {
 *   name: 'counts of a and b',
 *   featureSize: 2,
 *   encode: (texts) =>
 *     Promise.resolve(
 *       Float32Array.from(texts.flatMap((text) => ['a', 'b'].map((letter) => text.split(letter).length - 1))),
 *     ),
 * };
 * const reward = embeddingSimilarityReward({
 *   answer: (action: string) => action,
 *   reference: (prompt: string) => prompt,
 *   encoder,
 * });
 * const { values } = await reward.score({ rows: ['aa', 'bb'].map((action) => ({ prompt: 'a', action })) });
 * console.assert(values.join() === '1,0');
 * ```
 */
export function embeddingSimilarityReward<Prompt, Action>(
  options: EmbeddingSimilarityRewardOptions<Prompt, Action>,
): Described<AsyncReward<Prompt, Action>> {
  const { answer, reference, encoder, textsPerCall = 32, cacheEntries = 1024 } = options;
  if (!Number.isInteger(textsPerCall) || textsPerCall < 1)
    throw new RangeError(`textsPerCall must be a positive integer, got ${textsPerCall}`);
  const cache = createLruCache<Float32Array>(cacheEntries);
  const about = {
    measures: `cosine of the embeddings of answer and reference by ${encoder.name}`,
    unit: '1',
    range: [-1, 1],
    maximisedBy: 'whatever the encoder takes for the reference',
    gamedBy: 'the right topic with the wrong facts: encoders hardly tell left from right, or yes from no',
    judges: 'rows',
  } as const;

  const embed = async (texts: readonly string[], signal: AbortSignal | undefined): Promise<Embeddings> => {
    const embeddings = new Map<string, Float32Array>();
    const missing: string[] = [];
    for (const text of new Set(texts)) {
      const known = cache.get(text);
      if (known === undefined) missing.push(text);
      else embeddings.set(text, known);
    }
    for (let start = 0; start < missing.length; start += textsPerCall) {
      signal?.throwIfAborted();
      const part = missing.slice(start, start + textsPerCall);
      const rows = requireEmbeddings(await encoder.encode(part), part.length, encoder);
      part.forEach((text, index) => {
        const embedding = rows.slice(index * encoder.featureSize, (index + 1) * encoder.featureSize);
        embeddings.set(text, embedding);
        cache.set(text, embedding);
      });
    }
    return embeddings;
  };

  return identified(
    options,
    { name: 'text_similarity', drives: 'answer', about },
    async ({ rows, signal }) => {
      const pairs = rows.map(({ prompt, action }) => {
        const expected = reference(prompt);
        return expected === undefined ? undefined : ([answer(action), expected] as const);
      });
      const embeddings = await embed(
        pairs.flatMap((pair) => pair ?? []),
        signal,
      );
      const values = Float32Array.from(pairs, (pair) => {
        const [first, second] = pair?.map((text) => embeddings.get(text)) ?? [];
        return first === undefined || second === undefined ? Number.NaN : cosine(first, second);
      });
      return { values };
    },
  );
}

type Embeddings = ReadonlyMap<string, Float32Array>;

function requireEmbeddings(
  rows: Float32Array,
  texts: number,
  { name, featureSize }: SentenceEncoder,
): Float32Array {
  if (rows.length !== texts * featureSize)
    throw new RewardInputError(
      `the encoder ${name} gave ${rows.length} numbers for ${texts} texts; expected ${texts} * ${featureSize} (its featureSize)`,
    );
  const wrong = rows.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new RewardInputError(
      `the encoder ${name} gave ${rows[wrong]} in the embedding of text ${Math.floor(wrong / featureSize)}; expected finite numbers`,
    );
  return rows;
}

function cosine(first: Float32Array, second: Float32Array): number {
  let product = 0;
  let firstSquares = 0;
  let secondSquares = 0;
  for (let index = 0; index < first.length; index++) {
    const a = first[index] as number;
    const b = second[index] as number;
    product += a * b;
    firstSquares += a * a;
    secondSquares += b * b;
  }
  if (firstSquares === 0 || secondSquares === 0) return 0;
  return Math.min(1, Math.max(-1, product / Math.sqrt(firstSquares * secondSquares)));
}
