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

/** What both sides measure, as data: it goes to each side's process as JSON. */
export type PolicyTask = SupervisedTask | SamplingTask | IterationTask | ColdStartTask;

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
}
