import type { ModelShape, PolicyTask } from './policy-tasks.js';

/** The backends that a row is run on, those of them that are installed. */
export type BenchBackend = 'wasm' | 'tensorflow' | 'webgpu' | 'tensorflow-gpu';

/** One line of the table: the same work on the peer's side and on ours. */
export interface BenchRow {
  readonly title: string;
  readonly peer: string;
  readonly task: PolicyTask;
  /** How many times as fast as the peer each backend should be. */
  readonly targets: Readonly<Partial<Record<BenchBackend, number>>>;
}

/** `short` takes a few minutes on an idle machine of two cores, `full` four times as long. */
export type BenchLength = 'short' | 'full';

const width128: ModelShape = {
  hiddenSize: 128,
  layerCount: 4,
  headCount: 4,
  intermediateSize: 336,
  vocabularySize: 512,
  threads: 2,
};
const width256: ModelShape = { ...width128, hiddenSize: 256, headCount: 8, intermediateSize: 688 };
const width1024: ModelShape = {
  hiddenSize: 1024,
  layerCount: 8,
  headCount: 16,
  intermediateSize: 2816,
  vocabularySize: 512,
  threads: 2,
};

/** 576 image tokens and 32 of text. */
const PROMPT_TOKENS = 608;
const ANSWER_TOKENS = 16;
const GROUP_SIZES: Readonly<Record<BenchLength, readonly number[]>> = {
  short: [2, 8, 32],
  full: [2, 4, 8, 16, 32],
};

/** The rows of a run, in the order in which they are measured. */
export function benchRows(length: BenchLength): readonly BenchRow[] {
  const seconds = length === 'short' ? 2 : 6;
  const supervised = { kind: 'sft', sequences: 32, promptTokens: 60, answerTokens: 16, seconds } as const;
  const iterations = length === 'short' ? 4 : 7;
  const stepTargets = { wasm: 0.5, tensorflow: 0.8 };
  return [
    {
      title: 'SFT step, d = 128, 32 x 76 tokens',
      peer: 'PyTorch',
      task: { ...width128, ...supervised },
      targets: stepTargets,
    },
    {
      title: 'SFT step, d = 256, 32 x 76 tokens',
      peer: 'PyTorch',
      task: { ...width256, ...supervised },
      targets: stepTargets,
    },
    {
      title: 'sampling, 4 prompts x 8 answers',
      peer: 'transformers',
      task: {
        ...width128,
        kind: 'sampling',
        prompts: 4,
        promptTokens: PROMPT_TOKENS,
        candidates: 8,
        newTokens: ANSWER_TOKENS,
        seconds,
      },
      targets: { wasm: 1, tensorflow: 2 },
    },
    ...GROUP_SIZES[length].map((candidates): BenchRow => ({
      title: `HyGRPO iteration, 2 prompts, G = ${candidates}`,
      peer: 'TRL',
      task: {
        ...width128,
        kind: 'iteration',
        prompts: 2,
        promptTokens: PROMPT_TOKENS,
        candidates,
        newTokens: ANSWER_TOKENS,
        iterations,
      },
      targets: { wasm: 1.5, tensorflow: 4 },
    })),
    {
      title: 'cold start, import to first token',
      peer: 'TRL',
      task: { ...width128, kind: 'coldStart', promptTokens: 8 },
      targets: { wasm: 5, tensorflow: 5 },
    },
    {
      title: 'SFT step on a graphics card, d = 1024, 8 layers, 8 x 640 tokens',
      peer: 'PyTorch, float32, on the card',
      task: { ...width1024, ...supervised, sequences: 8, promptTokens: 624, device: 'cuda' },
      targets: { webgpu: 0.3, 'tensorflow-gpu': 0.3 },
    },
  ];
}

/** The memory of an iteration should be at most this share of the peer's. */
export const MEMORY_TARGET = 0.5;

/** The largest group should cost at most this many times the smallest. */
export const GROWTH_TARGET = 2.5;
