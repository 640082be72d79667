import { gatherRows, keep, tidy, type KeyValueCache, type Tensor2D } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { runningStarts } from './answer-plan.js';
import type { Decoder, NextRows } from './decoder.js';
import { packSegments } from './packing.js';
import { PromptError, type MllmPrompt } from './prompt.js';
import { createTokenChooser } from './token-choice.js';

export interface SamplingOptions {
  /** G: answers per prompt. */
  readonly candidatesPerPrompt: number;
  readonly random: Random;
  /** Longest answer, `<eos>` included. */
  readonly maxNewTokens: number;
  /** Divides the logits (default 1); above 0. */
  readonly temperature?: number | undefined;
  /** Takes the likeliest token always (default false). */
  readonly greedy?: boolean | undefined;
  /** Draws among this many likeliest tokens only (default: all). */
  readonly topK?: number | undefined;
  /** Draws among the fewest likeliest tokens that together have at least this probability, in (0, 1] (default 1). */
  readonly topP?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Answers to P prompts, G to each, prompt-major. */
export interface SampledAnswers {
  /** [P * G] token ids; the last one is `<eos>` unless the answer was cut off at maxNewTokens. */
  readonly answers: readonly (readonly number[])[];
  /**
   * [T] log-probability of every token at the given temperature. `topK` and `topP` do not enter: these are what a
   * later pass over the answer computes.
   */
  readonly logProbs: Float32Array;
  /** [P * G + 1] where each answer's tokens start in `logProbs`. */
  readonly offsets: Int32Array;
  /** [M] the answers, in ascending order, that have a `<POSE>`. */
  readonly poseCandidates: Int32Array;
  /** [M * hiddenSize] the hidden states at their first `<POSE>`. */
  readonly poseHidden: Float32Array;
}

/** Thrown for sampling options out of range. */
export class SamplingOptionError extends Error {
  override readonly name = 'SamplingOptionError';
}

/**
 * Samples groups of answers. The prompts go through the decoder once, whatever the number of candidates; every
 * further token costs one row for each answer that has not ended.
 *
 * @param prompts - one or more
 * @throws SamplingOptionError, PromptError
 * @throws the reason of `signal`, once it is aborted
 */
export async function sampleAnswers(
  decoder: Decoder,
  prompts: readonly MllmPrompt[],
  options: SamplingOptions,
): Promise<SampledAnswers> {
  checkOptions(options);
  if (prompts.length === 0)
    throw new PromptError('sampleAnswers: there are no prompts; expected one or more.');
  const { candidatesPerPrompt, maxNewTokens, signal } = options;
  const { hiddenSize, tokenIds, vocabularySize } = decoder.config;
  const promptLengths = prompts.map(({ promptIds }) => promptIds.length);
  checkLengths(promptLengths, maxNewTokens, decoder.config.maxPositions);
  const promptStarts = runningStarts(promptLengths);
  const promptRowCount = promptStarts[prompts.length] as number;
  const candidateCount = prompts.length * candidatesPerPrompt;
  const chooseToken = createTokenChooser(vocabularySize, options);

  const answers = Array.from({ length: candidateCount }, (): number[] => []);
  const answerLogProbs = Array.from({ length: candidateCount }, (): number[] => []);
  const poseHidden = new Map<number, Float32Array>();
  const caches = decoder.createCaches(promptRowCount + candidateCount * maxNewTokens);
  let hidden: Tensor2D | undefined;
  try {
    hidden = prefill(decoder, prompts, promptStarts, caches);
    // Before the first token, the candidates of a prompt share its row; afterwards each has its own.
    let active = Array.from({ length: candidateCount }, (_, candidate) => candidate);
    let rowOf = (candidate: number): number => Math.floor(candidate / candidatesPerPrompt);
    for (let step = 0; step < maxNewTokens; step++) {
      signal?.throwIfAborted();
      const logits = await readLogits(decoder, hidden);
      const atPose: number[] = [];
      const next: number[] = [];
      for (const candidate of active) {
        const answer = answers[candidate] as number[];
        const { id, logProb } = chooseToken(logits, rowOf(candidate) * vocabularySize);
        const isFirstPose = id === tokenIds.pose && !answer.includes(id);
        answer.push(id);
        (answerLogProbs[candidate] as number[]).push(logProb);
        const goesOn = id !== tokenIds.endOfSequence && step + 1 < maxNewTokens;
        if (goesOn || isFirstPose) next.push(candidate);
        if (isFirstPose) atPose.push(candidate);
      }
      if (next.length === 0) break;
      const rows = nextRows(next, step);
      const advanced = tidy(() => decoder.nextHiddenStates(rows, caches));
      hidden.dispose();
      hidden = advanced;
      const places = new Map(next.map((candidate, row) => [candidate, row]));
      rowOf = (candidate) => places.get(candidate) as number;
      if (atPose.length > 0) await keepPoseStates(hidden, atPose, rowOf, poseHidden);
      active = next;
    }
  } finally {
    hidden?.dispose();
    for (const cache of caches) cache.dispose();
  }

  const poseCandidates = Int32Array.from([...poseHidden.keys()].sort((a, b) => a - b));
  const states = new Float32Array(poseCandidates.length * hiddenSize);
  poseCandidates.forEach((candidate, row) => states.set(poseHidden.get(candidate) ?? [], row * hiddenSize));
  return {
    answers,
    logProbs: Float32Array.from(answerLogProbs.flat()),
    offsets: runningStarts(answers.map(({ length }) => length)),
    poseCandidates,
    poseHidden: states,
  };

  /** The rows that feed the token just chosen, number `step`, of each given candidate. */
  function nextRows(candidates: readonly number[], step: number): NextRows {
    const count = candidates.length;
    const rows = {
      ids: new Int32Array(count),
      positions: new Int32Array(count),
      cacheRows: new Int32Array(count),
      ranges: new Int32Array(4 * count),
    };
    candidates.forEach((candidate, row) => {
      const prompt = Math.floor(candidate / candidatesPerPrompt);
      const promptStart = promptStarts[prompt] as number;
      const promptEnd = promptStarts[prompt + 1] as number;
      const answerStart = promptRowCount + candidate * maxNewTokens;
      rows.ids[row] = answers[candidate]?.[step] as number;
      rows.positions[row] = promptEnd - promptStart + step;
      rows.cacheRows[row] = answerStart + step;
      rows.ranges[4 * row] = promptStart;
      rows.ranges[4 * row + 1] = promptEnd;
      rows.ranges[4 * row + 2] = answerStart;
      rows.ranges[4 * row + 3] = answerStart + step + 1;
    });
    return rows;
  }
}

/** Runs the prompts, fills the caches with them, and returns the hidden states [P, hiddenSize] at their last tokens. */
function prefill(
  decoder: Decoder,
  prompts: readonly MllmPrompt[],
  promptStarts: Int32Array,
  caches: readonly KeyValueCache[],
): Tensor2D {
  const packed = packSegments(
    prompts.map(({ promptIds, imageFeatures }) => ({ ids: promptIds, imageFeatures })),
    decoder.config,
  );
  try {
    const lastRows = Int32Array.from(prompts, (_, prompt) => (promptStarts[prompt + 1] as number) - 1);
    return tidy(() => gatherRows(decoder.hiddenStates(packed, caches), lastRows));
  } finally {
    packed.dispose();
  }
}

async function readLogits(decoder: Decoder, hidden: Tensor2D): Promise<Float32Array> {
  return readAndDispose(tidy(() => decoder.logits(hidden)));
}

async function keepPoseStates(
  hidden: Tensor2D,
  candidates: readonly number[],
  rowOf: (candidate: number) => number,
  poseHidden: Map<number, Float32Array>,
): Promise<void> {
  const width = hidden.shape[1];
  const states = await readAndDispose(tidy(() => gatherRows(hidden, Int32Array.from(candidates, rowOf))));
  candidates.forEach((candidate, row) => {
    poseHidden.set(candidate, states.slice(row * width, (row + 1) * width));
  });
}

async function readAndDispose(tensor: Tensor2D): Promise<Float32Array> {
  const kept = keep(tensor);
  try {
    return await kept.data<'float32'>();
  } finally {
    kept.dispose();
  }
}

function checkLengths(promptLengths: readonly number[], maxNewTokens: number, maxPositions: number): void {
  const longest = Math.max(...promptLengths);
  if (longest + maxNewTokens > maxPositions)
    throw new PromptError(
      `sampleAnswers: the longest prompt has ${longest} tokens, which with maxNewTokens ${maxNewTokens} makes ` +
        `${longest + maxNewTokens}, but the model has ${maxPositions} positions; shorten either.`,
    );
}

function checkOptions(options: SamplingOptions): void {
  const demand = (
    name: string,
    value: number | undefined,
    holds: (value: number) => boolean,
    range: string,
  ): void => {
    if (value !== undefined && !holds(value))
      throw new SamplingOptionError(`sampleAnswers: expected ${name} to be ${range}, found ${value}.`);
  };
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  demand('candidatesPerPrompt', options.candidatesPerPrompt, isCount, 'an integer above 0');
  demand('maxNewTokens', options.maxNewTokens, isCount, 'an integer above 0');
  demand('topK', options.topK, isCount, 'an integer above 0');
  demand('topP', options.topP, (value) => value > 0 && value <= 1, 'a number in (0, 1]');
  demand(
    'temperature',
    options.temperature,
    (value) => value > 0 && Number.isFinite(value),
    'a finite number above 0 (for the likeliest token always, set greedy)',
  );
}
