import { contains } from '@pose-rft/hybrid-actions';
import { createRandom } from '@pose-rft/random';
import { add, dispose, sum, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { expectNoTensorLeak } from '@pose-rft/tensor/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluatePerfectReasoner, evaluatePolicy } from './evaluation.js';
import { createParameters } from './language-model.js';
import { createAnswerPolicy, type Answer } from './policy.js';
import { posteriorForecast } from './posterior.js';
import { askQuestion, type Question, type Reading } from './question.js';
import { forecastScore, judgeWords, WORTH } from './rewards.js';
import { fineTune } from './supervised.js';
import { END, idOf, NUMBER, type Word } from './vocabulary.js';

beforeAll(() => useBackend('auto'));

const random = createRandom(1);
const questions = [1, 2, 3, 4].map((seed) => askQuestion(createRandom(seed)));

describe('the policy', () => {
  test('scores what it did as it did it, and gives every parameter a gradient', async () => {
    const policy = createAnswerPolicy(createParameters(random.split('parameters'), 0.3));
    fineTune(policy, { steps: 12, batchSize: 8, random: random.split('few demonstrations') });
    const axes = { candidatesPerPrompt: 16, samplesPerCandidate: 3 };
    const rollout = await policy.act(questions, { ...axes, random: createRandom(2) });
    expect(rollout.actions).toHaveLength(4 * 16 * 3);
    for (const action of rollout.actions) expect(contains(policy.space, action).contained).toBe(true);
    const { answer, estimate } = rollout.logProbs;
    const valid = rollout.actions.filter(
      (action, index) => index % 3 === 0 && action.answer.includes(NUMBER),
    );
    expect(estimate?.kind === 'nested' && estimate.candidates.length).toBe(valid.length);
    expect(valid.length).toBeGreaterThan(0);
    const { aux, gradients } = valueAndGradients(policy.parameters, () => {
      const scored = policy.score(rollout).logProbs;
      const loss = add(sum(scored.answer?.values ?? 0), sum(scored.estimate?.values ?? 0));
      const read = (name: string) => scored[name]?.values.dataSync().slice();
      return { loss, aux: { answer: read('answer'), estimate: read('estimate') } };
    });
    for (const [found, recorded] of [
      [aux.answer, answer],
      [aux.estimate, estimate],
    ] as const)
      recorded?.values.forEach((value, index) => {
        expect(found?.[index]).toBeCloseTo(value, 4);
      });
    expect(Object.keys(gradients).sort()).toEqual([...policy.parameters.names].sort());
    dispose(gradients);
    policy.parameters.dispose();
  });

  test('answering and evaluating leave no tensors behind', () => {
    const policy = createAnswerPolicy(createParameters(random.split('parameters'), 0.3));
    expectNoTensorLeak(() => {
      const { verdicts, coverage80 } = evaluatePolicy(policy, questions);
      expect(Object.values(verdicts).reduce((total, share) => total + share, 0)).toBeCloseTo(1, 10);
      expect(coverage80).toBeLessThanOrEqual(1);
    });
    policy.parameters.dispose();
  });
});

describe('the rewards', () => {
  const heavyRed: Question = { ...(questions[0] as Question), differenceKilograms: 4 };

  test.each([
    ['red by NUMBER <end>', 'right'],
    ['blue by NUMBER <end>', 'wrong'],
    ['unsure by NUMBER <end>', 'unsure'],
    ['red <end>', 'malformed'],
    ['poor by NUMBER <end>', 'malformed'],
    ['red by NUMBER NUMBER <end>', 'malformed'],
    ['red by NUMBER by', 'malformed'],
  ])('%s is %s', (answer, verdict) => {
    expect(
      judgeWords(
        heavyRed,
        answer.split(' ').map((word) => idOf(word as Word)),
      ),
    ).toBe(verdict);
  });

  test('a better forecast pays better; without one the reward does not apply', async () => {
    const action = (estimate?: Float32Array): Answer => ({
      answer: [END],
      ...(estimate === undefined ? {} : { estimate }),
    });
    const rows = [action(Float32Array.of(0.4, 0)), action(Float32Array.of(-0.4, 0)), action()].map(
      (each) => ({
        prompt: heavyRed,
        action: each,
      }),
    );
    const { values } = await forecastScore.score({ rows });
    expect(values[0]).toBeGreaterThan(values[1] ?? NaN);
    expect(values[2]).toBeNaN();
  });
});

describe('questions', () => {
  const reading = (scale: Reading['scale'], kilograms: number): Reading => ({ scale, kilograms });
  const ask = (red: readonly Reading[], blue: readonly Reading[]) =>
    posteriorForecast({ words: [], readings: { red, blue }, differenceKilograms: 0 });

  test('read as they were made', () => {
    const { words, readings } = questions[0] as Question;
    expect(words.filter((word) => word === 'good' || word === 'poor')).toHaveLength(
      readings.red.length + readings.blue.length,
    );
    expect([words[0], words.at(-1)]).toEqual(['red', '?']);
  });

  test('the posterior weighs scales by their precision', () => {
    const conflict = ask([reading('good', 20), reading('poor', 26)], [reading('good', 20)]);
    expect(conflict.mean).toBeGreaterThan(0.2);
    expect(conflict.mean).toBeLessThan(0.6);
    expect(conflict.standardDeviation).toBeCloseTo(Math.sqrt(2), 0);
    expect(conflict.redHeavierProbability).toBeGreaterThan(0.55);
    const poor = ask([reading('poor', 20)], [reading('poor', 20)]);
    expect(poor.mean).toBeCloseTo(0, 10);
    expect(poor.redHeavierProbability).toBeCloseTo(0.5, 10);
    expect(poor.standardDeviation).toBeGreaterThan(4);
  });

  test('a perfect reasoner is calibrated, and worth more than one who always takes a side', () => {
    const many = Array.from({ length: 500 }, (_, index) => askQuestion(createRandom(7).split(index)));
    const { coverage80, words, verdicts } = evaluatePerfectReasoner(many);
    expect(Math.abs(coverage80 - 0.8)).toBeLessThan(0.05);
    const oneSided = many.map((question) => {
      const red = posteriorForecast(question).redHeavierProbability > 0.5;
      return WORTH[red === question.differenceKilograms > 0 ? 'right' : 'wrong'];
    });
    expect(words).toBeGreaterThan(oneSided.reduce((total, worth) => total + worth, 0) / many.length + 0.05);
    expect(verdicts.unsure).toBeGreaterThan(0.1);
  });
});
