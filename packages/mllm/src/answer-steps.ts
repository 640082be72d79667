import { gatherRows, keep, tidy, type KeyValueCache, type Tensor2D } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { runningStarts } from './answer-plan.js';
import type { Decoder, NextRows } from './decoder.js';
import { packSegments } from './packing.js';
import { PromptError, type MllmPrompt } from './prompt.js';
import { createTokenChooser } from './token-choice.js';
import type { TokenConstraint } from './token-constraint.js';

export interface SamplingOptions {
  /** G: answers per prompt. */
  readonly candidatesPerPrompt: number;
  readonly random: Random;
  /** A stream of its own for each of the P * G answers, so that none depends on the others (default: `random` for all). */
  readonly randomOf?: ((candidate: number) => Random) | undefined;
  /** Longest answer, `<eos>` included. */
  readonly maxNewTokens: number;
  /** Divides the logits (default 1); above 0. */
  readonly temperature?: number | undefined;
  /** Takes the likeliest allowed token always (default false). */
  readonly greedy?: boolean | undefined;
  /** Draws among this many likeliest tokens only (default: all). */
  readonly topK?: number | undefined;
  /** Draws among the fewest likeliest tokens that together have at least this probability, in (0, 1] (default 1). */
  readonly topP?: number | undefined;
  /** Draws only among tokens at least this fraction as likely as the likeliest, in [0, 1) (default 0). */
  readonly minP?: number | undefined;
  /** Tokens that end an answer as `<eos>` does, such as the end of a chat's turn. They stay part of it. */
  readonly stopTokenIds?: readonly number[] | undefined;
  /**
   * Which tokens may come next. The model's distribution is restricted to them and renormalised, before temperature and
   * truncation; log-probabilities are those of the restricted distribution, as `passAnswers` gives them under the same
   * constraint. An answer that is cut off at maxNewTokens may be incomplete.
   */
  readonly constraint?: TokenConstraint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What happens while answers grow: a token each, and after a `<POSE>` the hidden states at it. */
export type AnswerStep =
  | { readonly kind: 'tokens'; readonly tokens: readonly GrownToken[] }
  | {
      readonly kind: 'poses';
      /** Ascending indices of answers whose last token is a `<POSE>`. */
      readonly candidates: readonly number[];
      /** [candidates * hiddenSize]: the decoder's states at these `<POSE>`s. */
      readonly hiddenStates: Float32Array;
    };

export interface GrownToken {
  /** Which of the P * G answers grew. */
  readonly candidate: number;
  readonly id: number;
  readonly logProb: number;
}

/** Thrown for sampling options out of range. */
export class SamplingOptionError extends Error {
  override readonly name = 'SamplingOptionError';
}

/**
 * Grows groups of answers token by token. The prompts go through the decoder once, whatever the number of candidates;
 * every further token costs one row for each answer that has not ended. Leaving the loop early frees everything.
 *
 * @param options.posesOf - 'first': hidden states of each answer's first `<POSE>` only; 'every': of all
 * @throws SamplingOptionError, PromptError
 * @throws the reason of `signal`, once it is aborted
 */
export async function* answerSteps(
  decoder: Decoder,
  prompts: readonly MllmPrompt[],
  options: SamplingOptions & { readonly posesOf: 'first' | 'every' },
): AsyncGenerator<AnswerStep, void, void> {
  checkOptions(options);
  if (prompts.length === 0)
    throw new PromptError('sampleAnswers: there are no prompts; expected one or more.');
  const { candidatesPerPrompt, maxNewTokens, posesOf, constraint, signal } = options;
  const { tokenIds, vocabularySize } = decoder.config;
  const promptLengths = prompts.map(({ promptIds }) => promptIds.length);
  checkLengths(promptLengths, maxNewTokens, decoder.config.maxPositions);
  const promptStarts = runningStarts(promptLengths);
  const promptRowCount = promptStarts[prompts.length] as number;
  const candidateCount = prompts.length * candidatesPerPrompt;
  const chooserOf = createChoosers(vocabularySize, candidateCount, options);
  const stopIds = new Set(options.stopTokenIds).add(tokenIds.endOfSequence);
  const states = new Int32Array(candidateCount).fill(constraint?.start ?? 0);
  const lastIds = new Int32Array(candidateCount);
  const hasPose = new Uint8Array(candidateCount);

  const caches = decoder.createCaches(promptRowCount + candidateCount * maxNewTokens);
  let hidden: Tensor2D | undefined;
  try {
    hidden = prefill(decoder, prompts, promptStarts, caches);
    // Before the first token, the candidates of a prompt share its row; afterwards each has its own.
    let active = Array.from({ length: candidateCount }, (_, candidate) => candidate);
    let rowOf = (candidate: number): number => Math.floor(candidate / candidatesPerPrompt);
    for (let step = 0; step < maxNewTokens && active.length > 0; step++) {
      signal?.throwIfAborted();
      const logits = await readLogits(decoder, hidden);
      const tokens: GrownToken[] = [];
      const growing: number[] = [];
      const atPose: number[] = [];
      for (const candidate of active) {
        const state = states[candidate] as number;
        const { id, logProb } = chooserOf(candidate)(
          logits,
          rowOf(candidate) * vocabularySize,
          constraint?.allowed(state),
        );
        tokens.push({ candidate, id, logProb });
        lastIds[candidate] = id;
        if (!stopIds.has(id) && step + 1 < maxNewTokens) growing.push(candidate);
        if (constraint !== undefined && id !== tokenIds.endOfSequence)
          states[candidate] = constraint.next(state, id);
        if (id !== tokenIds.pose) continue;
        if (posesOf === 'every' || hasPose[candidate] === 0) atPose.push(candidate);
        hasPose[candidate] = 1;
      }
      yield { kind: 'tokens', tokens };
      // An answer that ended at its <POSE> goes on for one more row: the state at it is not known before.
      const next = mergeAscending(growing, atPose);
      if (next.length === 0) break;
      const rows = nextRows(next, step);
      const advanced = tidy(() => decoder.nextHiddenStates(rows, caches));
      hidden.dispose();
      hidden = advanced;
      const places = new Map(next.map((candidate, row) => [candidate, row]));
      rowOf = (candidate) => places.get(candidate) as number;
      if (atPose.length > 0)
        yield {
          kind: 'poses',
          candidates: atPose,
          hiddenStates: await readRows(hidden, atPose.map(rowOf)),
        };
      active = growing;
    }
  } finally {
    hidden?.dispose();
    for (const cache of caches) cache.dispose();
  }

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
      rows.ids[row] = lastIds[candidate] as number;
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

/** How each answer's tokens are drawn. */
function createChoosers(
  vocabularySize: number,
  candidateCount: number,
  options: SamplingOptions,
): (candidate: number) => ReturnType<typeof createTokenChooser> {
  const { randomOf } = options;
  if (randomOf === undefined) {
    const shared = createTokenChooser(vocabularySize, options);
    return () => shared;
  }
  const choosers = Array.from({ length: candidateCount }, (_, candidate) =>
    createTokenChooser(vocabularySize, { ...options, random: randomOf(candidate) }),
  );
  return (candidate) => choosers[candidate] as (typeof choosers)[number];
}

/** Runs the prompts, fills the caches with them, and returns the hidden states [P, hiddenSize] at their last tokens. */
function prefill(
  decoder: Decoder,
  prompts: readonly MllmPrompt[],
  promptStarts: Int32Array,
  caches: readonly KeyValueCache[],
): Tensor2D {
  const packed = packSegments(
    prompts.map(({ promptIds, imageFeatures, inputPoses6d }) => ({
      ids: promptIds,
      imageFeatures,
      inputPoses6d,
    })),
    decoder.config,
  );
  try {
    const lastRows = Int32Array.from(prompts, (_, prompt) => (promptStarts[prompt + 1] as number) - 1);
    return tidy(() => gatherRows(decoder.hiddenStates(packed, caches), lastRows));
  } finally {
    packed.dispose();
  }
}

/** The union of two ascending lists. */
function mergeAscending(a: readonly number[], b: readonly number[]): readonly number[] {
  return b.length === 0 ? a : [...new Set([...a, ...b])].sort((left, right) => left - right);
}

async function readLogits(decoder: Decoder, hidden: Tensor2D): Promise<Float32Array> {
  return readAndDispose(tidy(() => decoder.logits(hidden)));
}

async function readRows(hidden: Tensor2D, rows: readonly number[]): Promise<Float32Array> {
  return readAndDispose(tidy(() => gatherRows(hidden, Int32Array.from(rows))));
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
  demand('minP', options.minP, (value) => value >= 0 && value < 1, 'a number in [0, 1)');
  demand(
    'temperature',
    options.temperature,
    (value) => value > 0 && Number.isFinite(value),
    'a finite number above 0 (for the likeliest token always, set greedy)',
  );
}
