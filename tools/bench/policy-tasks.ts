/** The shape of a decoder, and how many threads the peer may use. */
export interface ModelShape {
  readonly hiddenSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  readonly intermediateSize: number;
  readonly vocabularySize: number;
  readonly threads: number;
}

interface SupervisedTask extends ModelShape {
  readonly kind: 'sft';
  readonly sequences: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
  readonly seconds: number;
  /** Where the peer runs (default: the processor). */
  readonly device?: 'cuda';
}

interface SamplingTask extends ModelShape {
  readonly kind: 'sampling';
  readonly prompts: number;
  readonly promptTokens: number;
  readonly candidates: number;
  readonly newTokens: number;
  readonly seconds: number;
}

interface IterationTask extends ModelShape {
  readonly kind: 'iteration';
  readonly prompts: number;
  readonly promptTokens: number;
  readonly candidates: number;
  readonly newTokens: number;
  readonly iterations: number;
}

interface ColdStartTask extends ModelShape {
  readonly kind: 'coldStart';
  readonly promptTokens: number;
}

/** How fast a backend multiplies matrices and moves memory, for the floors. */
interface RatesTask {
  readonly kind: 'rates';
  readonly seconds: number;
}

/** What both sides measure, as data: it goes to each side's process as JSON. */
export type PolicyTask = SupervisedTask | SamplingTask | IterationTask | ColdStartTask | RatesTask;

/** The best that a backend was seen to do. */
export interface TaskRates {
  readonly operationsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** A kernel's share of one call. */
export interface KernelShare {
  readonly kernel: string;
  readonly share: number;
}

/** What a side's process prints. */
export interface TaskResult {
  /** Of each call after the first. */
  readonly seconds: readonly number[];
  /** Of the whole process's resident memory, for an iteration: at most, and before the first. */
  readonly peakBytes?: number;
  readonly bytesBefore?: number;
  /** Seconds of the whole process, imports and all. */
  readonly total?: number;
  readonly versions?: Readonly<Record<string, string>>;
  readonly rates?: TaskRates;
  /** Where the time of the last call goes: the kernels, largest first, and what is left for everything else. */
  readonly profile?: readonly KernelShare[];
}
