import type { Random } from '@pose-rft/random';
import {
  add,
  createAdamW,
  dispose,
  gatherRows,
  linearSchedule,
  mean,
  neg,
  square,
  sub,
  tensor2d,
  tokenLogProbs,
  valueAndGradients,
} from '@pose-rft/tensor';
import type { AnswerPolicy } from './policy.js';
import { askQuestion, type Question, type Reading } from './question.js';
import { idOf, NUMBER, type Word } from './vocabulary.js';

/** What a careless teacher answers, and the two numbers of his estimate. */
interface Demonstration {
  readonly question: Question;
  readonly answer: readonly number[];
  readonly estimate: readonly [number, number];
}

/**
 * The teacher trusts poor scales as much as good ones, claims to know the difference to a kilogram, is unsure for no
 * reason one time in eight, and as often forgets the form.
 */
function demonstrate(random: Random): Demonstration {
  const question = askQuestion(random);
  const average = (readings: readonly Reading[]): number =>
    readings.reduce((total, { kilograms }) => total + kilograms, 0) / readings.length;
  const difference = average(question.readings.red) - average(question.readings.blue);
  const winner = difference > 0 ? 'red' : difference < 0 ? 'blue' : random.pick(['red', 'blue'] as const);
  const said = random.uniform() < 1 / 8 ? 'unsure' : winner;
  const words: readonly Word[] = random.uniform() < 1 / 8 ? [said, '<end>'] : [said, 'by', 'NUMBER', '<end>'];
  return { question, answer: words.map(idOf), estimate: [difference / 10, Math.log(1)] };
}

/** Supervised fine-tuning on demonstrations: cross entropy of the words, squared error of the estimate. */
export function fineTune(
  policy: AnswerPolicy,
  options: { readonly steps: number; readonly batchSize: number; readonly random: Random },
): void {
  const { steps, batchSize, random } = options;
  const { model, parameters } = policy;
  const optimizer = createAdamW({ beta2: 0.98, weightDecay: 0, maxGradientNorm: 1 });
  const learningRate = linearSchedule({ peak: 3e-3, steps, warmUpSteps: Math.min(20, steps - 1) });
  for (let step = 0; step < steps; step++) {
    const batch = Array.from({ length: batchSize }, (_, index) =>
      demonstrate(random.split(`${step}-${index}`)),
    );
    const answers = batch.map(({ answer }) => answer);
    const withNumber = batch.filter(({ answer }) => answer.includes(NUMBER));
    const { gradients } = valueAndGradients(parameters, () => {
      const { hidden, rowAfter } = model.hiddenRows({
        prompts: batch.map(({ question }) => question.words.map(idOf)),
        answers,
        promptOf: [...answers.keys()],
      });
      const wordRows = answers.flatMap((answer, index) => answer.map((_, at) => rowAfter(index, at)));
      const numberRows = answers.flatMap((answer, index) =>
        answer.includes(NUMBER) ? [rowAfter(index, answer.indexOf(NUMBER) + 1)] : [],
      );
      const words = tokenLogProbs(
        model.logits(gatherRows(hidden, Int32Array.from(wordRows))),
        Int32Array.from(answers.flat()),
      );
      const estimates = model.estimateMeans(gatherRows(hidden, Int32Array.from(numberRows)));
      const targets = tensor2d(
        withNumber.flatMap(({ estimate }) => estimate),
        [withNumber.length, 2],
      );
      return { loss: add(neg(mean(words)), mean(square(sub(estimates, targets)))), aux: null };
    });
    optimizer.step(parameters, gradients, learningRate(step));
    dispose(gradients);
  }
  optimizer.dispose();
}
