import type { ParameterStore } from '@pose-rft/tensor';
import { createRandom, type Random } from '@pose-rft/random';
import { mllmConfig, type MllmConfig } from '../config.js';
import { createDecoder, type Decoder } from '../decoder.js';
import { createMllmParameters } from '../parameters.js';
import type { MllmPrompt } from '../prompt.js';
import { createTokenizer, SPECIAL_TOKEN_IDS, SPECIAL_TOKENS, type WordLevelTokenizer } from '../tokenizer.js';

const WORDS = 'here is the pose of a person standing squatting with left right arm raised , .'.split(' ');

/** A model for tests: random, with everything the real one has, in sizes that no two dimensions share. */
export interface SmallModel {
  readonly config: MllmConfig;
  readonly tokenizer: WordLevelTokenizer;
  readonly parameters: ParameterStore;
  readonly decoder: Decoder;
  dispose(): void;
}

export function createSmallModel(seed: number, changes: Partial<MllmConfig> = {}): SmallModel {
  const tokenizer = createTokenizer(WORDS);
  const config = mllmConfig('tiny', {
    hiddenSize: 8,
    layerCount: 2,
    headCount: 2,
    intermediateSize: 10,
    vocabularySize: tokenizer.size,
    imageTokenCount: 3,
    imageFeatureSize: 5,
    maxPositions: 40,
    poseHead: { hiddenSize: 14, logStdMin: -4, logStdMax: -2.5 },
    poseSize: 12,
    ...changes,
  });
  const parameters = createMllmParameters({ config, random: createRandom(seed) });
  const decoder = createDecoder({ config, parameters });
  return {
    config,
    tokenizer,
    parameters,
    decoder,
    dispose() {
      decoder.dispose();
      parameters.dispose();
    },
  };
}

/** A prompt of random words, with or without an image. */
export function randomPrompt(
  config: MllmConfig,
  random: Random,
  options: { readonly wordCount: number; readonly hasImage: boolean },
): MllmPrompt {
  const turn = [
    SPECIAL_TOKEN_IDS.user,
    ...randomWords(random, options.wordCount),
    SPECIAL_TOKEN_IDS.assistant,
  ];
  if (!options.hasImage) return { promptIds: turn };
  const slots = new Array<number>(config.imageTokenCount).fill(SPECIAL_TOKEN_IDS.image);
  return {
    promptIds: [...slots, ...turn],
    imageFeatures: random.fillNormal(new Float32Array(config.imageTokenCount * config.imageFeatureSize)),
  };
}

/** Ids of random words. */
export function randomWords(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => SPECIAL_TOKENS.length + random.integer(WORDS.length));
}

/** Words, `<POSE>`, more words and `<eos>`. */
export function randomAnswer(random: Random, wordsBefore: number, wordsAfter: number): number[] {
  return [
    ...randomWords(random, wordsBefore),
    SPECIAL_TOKEN_IDS.pose,
    ...randomWords(random, wordsAfter),
    SPECIAL_TOKEN_IDS.endOfSequence,
  ];
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < a.length; index++) {
    const difference = Math.abs((a[index] as number) - (b[index] as number));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
