import { contains } from '@pose-rft/hybrid-actions';
import { createRandom } from '@pose-rft/random';
import { dispose, useBackend, valueAndGradients, sum, add } from '@pose-rft/tensor';
import { expectNoTensorLeak } from '@pose-rft/tensor/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { catchPoint } from './catch-point.js';
import { situationOf } from './episodes.js';
import { goal, goalAsPublished } from './goal.js';
import { createGroupReturns } from './group-returns.js';
import { hardMove } from './hard-move.js';
import { createMlpPolicy, inUnitsOf } from './policy.js';
import { DEFAULT_SETTINGS, evaluate, train } from './training.js';

beforeAll(() => useBackend('cpu'));

const options = { hiddenSize: 8, standardDeviation: 0.5, random: createRandom(1) };
const acting = { candidatesPerPrompt: 6, samplesPerCandidate: 3 };

describe('the policy', () => {
  test('scores what it did as it did it, and gives all that learns a gradient', async () => {
    const policy = createMlpPolicy(goal, options);
    const prompts = [1, 2, 3].map((seed) => situationOf(goal, goal.reset(createRandom(seed))));
    const rollout = await policy.act(prompts, { ...acting, random: createRandom(4) });
    expect(rollout.actions).toHaveLength(3 * 6 * 3);
    for (const action of rollout.actions) expect(contains(policy.space, action).contained).toBe(true);
    const { aux, gradients } = valueAndGradients(policy.parameters, () => {
      const { choice, parameters } = policy.score(rollout).logProbs;
      const loss = add(sum(choice?.values ?? 0), sum(parameters?.values ?? 0));
      return { loss, aux: parameters?.values.dataSync().slice() };
    });
    expect(Array.from(aux ?? [])).toEqual(
      Array.from(rollout.logProbs.parameters?.values ?? [], (value) => expect.closeTo(value, 4) as number),
    );
    expect(Object.keys(gradients).sort()).toEqual([...policy.parameters.names].sort());
    dispose(gradients);
    policy.parameters.dispose();
  });

  test('choices without parameters are outside the valid set; surplus numbers carry no probability', async () => {
    const catching = createMlpPolicy(catchPoint, options);
    const situation = situationOf(catchPoint, catchPoint.reset(createRandom(1)));
    const rollout = await catching.act([situation], { ...acting, random: createRandom(4) });
    const parameters = rollout.logProbs.parameters;
    const valid = parameters?.kind === 'nested' ? Array.from(parameters.candidates) : [];
    const moving = [0, 1, 2, 3, 4, 5].filter((candidate) => rollout.actions[3 * candidate]?.choice === 0);
    expect(valid).toEqual(moving);
    catching.parameters.dispose();

    const shooting = createMlpPolicy(goal, options);
    const field = situationOf(goal, goal.reset(createRandom(1)));
    const shots = await shooting.act([field], { ...acting, random: createRandom(5) });
    const shot = shots.actions.findIndex(({ choice }) => choice !== 0);
    expect(shots.actions[shot]?.parameters[1]).toBe(0);
    const z = (shots.actions[shot]?.parameters[0] ?? NaN) / 0.5;
    const density = -0.5 * z * z - Math.log(0.5) - 0.5 * Math.log(2 * Math.PI);
    expect(shots.logProbs.parameters?.values[shot]).toBeCloseTo(density, 4);
    shooting.parameters.dispose();
  });

  test('starts with equal chances and parameters where the choice says', () => {
    const policy = createMlpPolicy(goalAsPublished, options);
    const observation = goal.observe(goal.reset(createRandom(1)));
    const streams = Array.from({ length: 300 }, (_, index) => createRandom(index));
    const actions = policy.choose(
      streams.map(() => observation),
      streams,
      { choice: true, parameters: false },
    );
    for (const choice of [0, 1, 2])
      expect(actions.filter((action) => action.choice === choice).length).toBeGreaterThan(70);
    const starts = [[5, 0], [6.01], [-6.01]];
    for (const action of actions.slice(0, 20))
      inUnitsOf(goalAsPublished, action).parameters.forEach((value, k) => {
        expect(value).toBeCloseTo(starts[action.choice]?.[k] ?? NaN, 4);
      });
    policy.parameters.dispose();
  });
});

describe('the return of an action', () => {
  const environment = hardMove(4);
  const state = { x: 0, y: 0, velocityX: 0, velocityY: 0, targetX: 0.5, targetY: 0, steps: 0 };

  test('differs by nothing but the action, is worked out once, and prefers the way to the target', async () => {
    const policy = createMlpPolicy<ReturnType<typeof situationOf<typeof state>>>(environment, options);
    const { rewards, stepsTaken } = createGroupReturns(environment, policy, {
      discount: 1,
      random: createRandom(1),
      components: ['choice', 'parameters'],
    });
    const prompt = situationOf(environment, state);
    const towards = { choice: 0b0001, parameters: Float32Array.of(1) };
    const rows = [towards, { ...towards }, { choice: 0b0001, parameters: Float32Array.of(-1) }].map(
      (action) => ({
        prompt,
        action,
      }),
    );
    const first = await rewards[0]?.score({ rows });
    const second = await rewards[1]?.score({ rows });
    const [one = NaN, same, away = NaN] = first?.values ?? [];
    expect(same).toBe(one);
    expect(one).toBeGreaterThan(away);
    expect(second?.values).toEqual(first?.values);
    const steps = stepsTaken();
    expect(steps).toBeGreaterThan(3);
    expect(steps).toBeLessThanOrEqual(90);
    policy.parameters.dispose();
  });
});

describe('training', () => {
  test('a few iterations leave no tensors behind, and the same seed gives the same policy', async () => {
    const settings = { ...DEFAULT_SETTINGS, iterations: 8, states: 2, hiddenSize: 8, choiceKl: 0.1 };
    const run = async (): Promise<number> => {
      const { policy, environmentSteps } = await train(catchPoint, settings, { seed: 5, trained: 'both' });
      const { meanReturn } = evaluate(catchPoint, policy, {
        episodes: 5,
        drawn: { choice: false, parameters: false },
        random: createRandom(1),
      });
      policy.parameters.dispose();
      expect(environmentSteps).toBeGreaterThan(100);
      return meanReturn;
    };
    const returns: number[] = [];
    await expectNoTensorLeak(async () => {
      returns.push(await run(), await run());
    });
    expect(returns[0]).toBe(returns[1]);
  });

  test.each(['choice', 'parameters'] as const)(
    'of the %s alone leaves the other as it was',
    async (trained) => {
      const settings = { ...DEFAULT_SETTINGS, iterations: 8, states: 2, hiddenSize: 8 };
      const { policy } = await train(catchPoint, settings, { seed: 5, trained });
      const isZero = (name: string): boolean =>
        policy.parameters
          .get(name)
          .dataSync()
          .every((value) => value === 0);
      const frozen = trained === 'choice' ? 'mean' : 'choice';
      expect([isZero(`${frozen}.weight`), isZero(`${frozen}.bias`)]).toEqual([true, true]);
      expect(isZero(trained === 'choice' ? 'choice.weight' : 'mean.weight')).toBe(false);
      policy.parameters.dispose();
    },
  );
});
