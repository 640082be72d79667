import { answerSteps, type SamplingOptions } from './answer-steps.js';
import { runningStarts } from './answer-plan.js';
import type { Decoder } from './decoder.js';
import type { MllmPrompt } from './prompt.js';

/** Answers to P prompts, G to each, prompt-major. */
export interface SampledAnswers {
  /** [P * G] token ids; the last one is `<eos>` or a stop token unless the answer was cut off at maxNewTokens. */
  readonly answers: readonly (readonly number[])[];
  /**
   * [T] log-probability of every token at the given temperature, under the constraint if there is one. `topK`, `topP`
   * and `minP` do not enter: these are what a later pass over the answer computes.
   */
  readonly logProbs: Float32Array;
  /** [P * G + 1] where each answer's tokens start in `logProbs`. */
  readonly offsets: Int32Array;
  /** [M] the answers, in ascending order, that have a `<POSE>`. */
  readonly poseCandidates: Int32Array;
  /** [M * hiddenSize] the hidden states at their first `<POSE>`. */
  readonly poseHidden: Float32Array;
  /** The same for the answers' second `<POSE>`, third and so on, as far as asked for. */
  readonly laterPoses: readonly Pick<SampledAnswers, 'poseCandidates' | 'poseHidden'>[];
}

/**
 * Samples groups of answers. The prompts go through the decoder once, whatever the number of candidates; every
 * further token costs one row for each answer that has not ended.
 *
 * @param prompts - one or more
 * @param options.posesPerAnswer - at how many of an answer's `<POSE>`s the hidden states are read (default: the first)
 * @throws SamplingOptionError, PromptError
 * @throws the reason of `signal`, once it is aborted
 */
export async function sampleAnswers(
  decoder: Decoder,
  prompts: readonly MllmPrompt[],
  options: SamplingOptions & { readonly posesPerAnswer?: number },
): Promise<SampledAnswers> {
  const { posesPerAnswer = 1, ...sampling } = options;
  const { hiddenSize } = decoder.config;
  const answers: number[][] = [];
  const answerLogProbs: number[][] = [];
  const poseHidden = Array.from({ length: posesPerAnswer }, () => new Map<number, Float32Array>());
  const posesOf = posesPerAnswer === 1 ? 'first' : 'every';
  for await (const step of answerSteps(decoder, prompts, { ...sampling, posesOf })) {
    if (step.kind === 'poses') {
      step.candidates.forEach((candidate, row) => {
        const state = step.hiddenStates.slice(row * hiddenSize, (row + 1) * hiddenSize);
        poseHidden.find((known) => !known.has(candidate))?.set(candidate, state);
      });
      continue;
    }
    for (const { candidate, id, logProb } of step.tokens) {
      (answers[candidate] ??= []).push(id);
      (answerLogProbs[candidate] ??= []).push(logProb);
    }
  }

  const [first, ...laterPoses] = poseHidden.map((states) => stackStates(states, hiddenSize));
  return {
    answers,
    logProbs: Float32Array.from(answerLogProbs.flat()),
    offsets: runningStarts(answers.map(({ length }) => length)),
    ...(first ?? stackStates(new Map(), hiddenSize)),
    laterPoses,
  };
}

function stackStates(
  stateOf: ReadonlyMap<number, Float32Array>,
  hiddenSize: number,
): Pick<SampledAnswers, 'poseCandidates' | 'poseHidden'> {
  const poseCandidates = Int32Array.from([...stateOf.keys()].sort((a, b) => a - b));
  const poseHidden = new Float32Array(poseCandidates.length * hiddenSize);
  poseCandidates.forEach((candidate, row) => poseHidden.set(stateOf.get(candidate) ?? [], row * hiddenSize));
  return { poseCandidates, poseHidden };
}
