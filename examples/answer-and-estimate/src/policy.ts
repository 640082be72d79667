import {
  createCategorical,
  hybrid,
  readLogProbs,
  real,
  tokens,
  when,
  type ActionOf,
  type ComponentScores,
  type HybridPolicy,
  type Rollout,
} from '@pose-rft/hybrid-actions';
import {
  diagonalGaussianGroupLogProbs,
  gatherRows,
  tidy,
  tokenLogProbs,
  type Tensor2D,
} from '@pose-rft/tensor';
import { createLanguageModel, type LanguageModel, type PackedAnswers } from './language-model.js';
import type { Question } from './question.js';
import { END, idOf, NUMBER, WORDS } from './vocabulary.js';

const LONGEST_ANSWER = 6;

/** Words, and wherever they hold a NUMBER two numbers: see `forecastOf`. */
export const answerSpace = hybrid({
  answer: tokens({ vocabularySize: WORDS.length, maxLength: LONGEST_ANSWER, end: END }),
  estimate: when('answer', { contains: NUMBER }, real({ size: 2 })),
});
export type Answer = ActionOf<typeof answerSpace>;

export interface AnswerPolicy extends HybridPolicy<Question, Answer> {
  readonly model: LanguageModel;
  /** The likeliest words to each question, and the mean of the estimate. */
  answer(questions: readonly Question[]): readonly Answer[];
  /** The mean estimate after given words, NUMBER among them. */
  estimateAfter(
    questions: readonly Question[],
    words: readonly (readonly number[])[],
  ): readonly Float32Array[];
  clone(): AnswerPolicy;
}

export function createAnswerPolicy(parameters: HybridPolicy<Question, Answer>['parameters']): AnswerPolicy {
  const model = createLanguageModel(parameters);
  const promptIds = ({ words }: Question): readonly number[] => words.map(idOf);
  const logStandardDeviations = (rows: number): Tensor2D =>
    gatherRows(parameters.get('estimate.logStandardDeviation') as Tensor2D, new Int32Array(rows));

  /** Writes so many answers to each question, word by word. */
  function write(
    questions: readonly Question[],
    perQuestion: number,
    choose: (logits: Tensor2D) => ArrayLike<number>,
  ): readonly (readonly number[])[] {
    const prompts = questions.map(promptIds);
    const answers = Array.from({ length: prompts.length * perQuestion }, (): number[] => []);
    for (let length = 0; length < LONGEST_ANSWER; length++) {
      const open = [...answers.keys()].filter((index) => answers[index]?.at(-1) !== END);
      if (open.length === 0) break;
      const chosen = tidy(() => {
        const packed = {
          prompts,
          answers: open.map((index) => answers[index] ?? []),
          promptOf: open.map((index) => Math.floor(index / perQuestion)),
        };
        const { hidden, rowAfter } = model.hiddenRows(packed);
        const rows = Int32Array.from(open, (_, answer) => rowAfter(answer, length));
        return Array.from(choose(model.logits(gatherRows(hidden, rows))));
      });
      open.forEach((index, row) => answers[index]?.push(chosen[row] ?? END));
    }
    return answers;
  }

  /** The means of the estimates of answers that have a NUMBER: [M, 2]. */
  function estimateMeans(packed: PackedAnswers, hidden: Tensor2D, rowAfter: RowAfter): Tensor2D {
    const rows = packed.answers.flatMap((answer, index) =>
      answer.includes(NUMBER) ? [rowAfter(index, answer.indexOf(NUMBER) + 1)] : [],
    );
    return model.estimateMeans(gatherRows(hidden, Int32Array.from(rows)));
  }

  function meansAfter(packed: PackedAnswers): readonly Float32Array[] {
    const flat = tidy(() => {
      const { hidden, rowAfter } = model.hiddenRows(packed);
      return estimateMeans(packed, hidden, rowAfter).dataSync<'float32'>().slice();
    });
    return Array.from({ length: flat.length / 2 }, (_, row) => flat.slice(2 * row, 2 * row + 2));
  }

  function score({
    prompts,
    candidatesPerPrompt,
    samplesPerCandidate,
    actions,
  }: Omit<Rollout<Question, Answer>, 'logProbs'>): ComponentScores {
    const candidateCount = prompts.length * candidatesPerPrompt;
    const answers = Array.from(
      { length: candidateCount },
      (_, candidate) => actions[candidate * samplesPerCandidate]?.answer ?? [],
    );
    const packed = {
      prompts: prompts.map(promptIds),
      answers,
      promptOf: answers.map((_, candidate) => Math.floor(candidate / candidatesPerPrompt)),
    };
    const { hidden, rowAfter } = model.hiddenRows(packed);
    const rows = answers.flatMap((answer, candidate) => answer.map((_, at) => rowAfter(candidate, at)));
    const offsets = new Int32Array(candidateCount + 1);
    answers.forEach(({ length }, candidate) => (offsets[candidate + 1] = (offsets[candidate] ?? 0) + length));
    const candidates = Int32Array.from(answers.keys()).filter(
      (candidate) => answers[candidate]?.includes(NUMBER) === true,
    );
    const mean = estimateMeans(packed, hidden, rowAfter);
    const logStandardDeviation = logStandardDeviations(candidates.length);
    const estimates = Float32Array.from(actions.flatMap(({ estimate = [] }) => [...estimate]));
    return {
      logProbs: {
        answer: {
          kind: 'sequence',
          values: tokenLogProbs(
            model.logits(gatherRows(hidden, Int32Array.from(rows))),
            Int32Array.from(answers.flat()),
          ),
          offsets,
        },
        estimate: {
          kind: 'nested',
          values: diagonalGaussianGroupLogProbs(estimates, mean, logStandardDeviation, 2),
          candidates,
          groups: 1,
        },
      },
      gaussians: { estimate: { mean, logStandardDeviation } },
    };
  }

  return {
    space: answerSpace,
    parameters,
    model,
    score,
    act(prompts, { candidatesPerPrompt, samplesPerCandidate, random }) {
      const answers = write(prompts, candidatesPerPrompt, (logits) =>
        createCategorical(logits).sample(random).dataSync(),
      );
      const means = meansAfter({
        prompts: prompts.map(promptIds),
        answers,
        promptOf: answers.map((_, candidate) => Math.floor(candidate / candidatesPerPrompt)),
      });
      const deviations = parameters.get('estimate.logStandardDeviation').dataSync<'float32'>().map(Math.exp);
      let next = 0;
      const actions = answers.flatMap((answer) => {
        const mean = answer.includes(NUMBER) ? means[next++] : undefined;
        return Array.from({ length: samplesPerCandidate }, (): Answer =>
          mean === undefined
            ? { answer }
            : { answer, estimate: mean.map((value, k) => value + (deviations[k] ?? 0) * random.normal()) },
        );
      });
      const acted = { prompts, candidatesPerPrompt, samplesPerCandidate, actions, policyVersion: 0 };
      return Promise.resolve({ ...acted, logProbs: readLogProbs(() => score(acted)) });
    },
    answer(questions) {
      const answers = write(questions, 1, (logits) => createCategorical(logits).mode().dataSync());
      const means = meansAfter({
        prompts: questions.map(promptIds),
        answers,
        promptOf: [...answers.keys()],
      });
      let next = 0;
      return answers.map((answer) => {
        const estimate = answer.includes(NUMBER) ? means[next++] : undefined;
        return estimate === undefined ? { answer } : { answer, estimate };
      });
    },
    estimateAfter: (questions, words) =>
      meansAfter({ prompts: questions.map(promptIds), answers: words, promptOf: [...words.keys()] }),
    clone: () => createAnswerPolicy(parameters.clone()),
  };
}

type RowAfter = (answer: number, length: number) => number;
