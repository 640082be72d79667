import { createSyntheticSet, type PosePrompt } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { axisAngleToRotation6d, jointIndex } from '@pose-rft/smpl';
import { describe, expect, it } from 'vitest';
import { scriptedModel, type ScriptedAnswer } from '../testing/scripted-model.js';
import { evaluate, type EvaluateOptions } from './evaluate.js';
import { meanOf, METRIC_NAMES, METRICS, type EvaluationResult } from './metrics.js';

const samples = createSyntheticSet({ count: 40, seed: 6, split: 'test' });
const prompts = samples.map(({ prompt }) => prompt);
const answerTo = new Map(samples.map(({ prompt, answer }) => [prompt, answer]));

function perfect(prompt: PosePrompt): ScriptedAnswer {
  return { text: answerTo.get(prompt) ?? '', mean: prompt.targetPose6d };
}
const uncertain = scriptedModel((prompt) => ({ ...perfect(prompt), logStandardDeviation: -3 }));

function run(
  model: EvaluateOptions['model'],
  options: Partial<EvaluateOptions> = {},
): Promise<EvaluationResult> {
  return evaluate({ model, prompts, random: createRandom(1), ...options });
}

describe('evaluate', () => {
  it('finds perfect answers perfect, and measures each metric where it is defined and nowhere else', async () => {
    const result = await run(scriptedModel(perfect));
    expect(result.promptCount).toBe(40);
    expect(result.candidatesPerPrompt).toBe(4);
    for (const metric of [
      'formatRate',
      'statementTruth',
      'satisfiedMean',
      'satisfiedSample',
      'withinLimits',
    ] as const)
      expect(meanOf(result, metric)).toBe(1);
    for (const metric of ['mpjpeMean', 'mpjpeSample', 'paMpjpeMean', 'paMpjpeSample'] as const)
      expect(meanOf(result, metric)).toBeLessThan(0.1);
    expect(meanOf(result, 'diversityText')).toBeLessThan(0.1);
    expect(result.meanLogStandardDeviation).toBe(-30);
    for (const metric of METRIC_NAMES)
      result.perPrompt[metric].forEach((value, row) => {
        const on: string = METRICS[metric].prompts;
        expect(Number.isNaN(value), `${metric} ${row}`).toBe(on !== 'all' && on !== prompts[row]?.kind);
      });
  });

  it('sees a wrong pose: millimetres of error, posecodes not satisfied', async () => {
    const upright = Float32Array.from({ length: 144 }, (_, index) =>
      index % 6 === 0 || index % 6 === 4 ? 1 : 0,
    );
    const result = await run(scriptedModel((prompt) => ({ ...perfect(prompt), mean: upright })));
    expect(meanOf(result, 'mpjpeMean')).toBeGreaterThan(50);
    expect(meanOf(result, 'paMpjpeMean')).toBeLessThan(meanOf(result, 'mpjpeMean'));
    expect(meanOf(result, 'satisfiedMean')).toBeLessThan(0.9);
  });

  it('sees a knee that bends forward', async () => {
    const broken = await run(
      scriptedModel((prompt) => {
        const mean = Float32Array.from(prompt.targetPose6d);
        axisAngleToRotation6d(Float64Array.of(-1, 0, 0), 0, mean, 6 * jointIndex('left_knee'));
        return { ...perfect(prompt), mean };
      }),
    );
    expect(meanOf(broken, 'withinLimits')).toBe(0);
  });

  it('is blind to where a described body faces, and not to where a seen one does', async () => {
    const turned = await run(
      scriptedModel((prompt) => {
        const mean = Float32Array.from(prompt.targetPose6d);
        mean.set([0, 0, -1, 0, 1, 0]);
        return { ...perfect(prompt), mean };
      }),
    );
    expect(meanOf(turned, 'satisfiedMean')).toBe(1);
    expect(meanOf(turned, 'mpjpeMean')).toBeGreaterThan(50);
  });

  it('leaves answers without a pose out of the poses, not out of the texts', async () => {
    const half = await run(
      scriptedModel((prompt, candidate) =>
        candidate % 2 === 0 ? perfect(prompt) : { text: 'here it is .' },
      ),
    );
    expect(meanOf(half, 'formatRate')).toBe(0.5);
    expect(meanOf(half, 'mpjpeMean')).toBeLessThan(0.1);
    expect(meanOf(half, 'satisfiedMean')).toBe(1);

    const none = await run(scriptedModel(() => ({ text: 'here it is .' })));
    expect(meanOf(none, 'formatRate')).toBe(0);
    for (const metric of [
      'mpjpeMean',
      'mpjpeSample',
      'satisfiedMean',
      'diversityText',
      'diversityEvidence',
    ] as const)
      expect(meanOf(none, metric)).toBeNaN();
    expect(none.meanLogStandardDeviation).toBeNaN();
  });

  it('knows no diversity of a single answer', async () => {
    const single = await run(uncertain, { candidatesPerPrompt: 1 });
    expect(meanOf(single, 'diversityEvidence')).toBeNaN();
    expect(meanOf(single, 'mpjpeSample')).toBeGreaterThan(1);
  });

  it('scales the samples, and only them, by a shift of the log standard deviation', async () => {
    const plain = await run(uncertain);
    const narrow = await run(uncertain, { logStandardDeviationShift: -1 });
    const none = await run(uncertain, { logStandardDeviationShift: -30 });
    expect(narrow.meanLogStandardDeviation).toBeCloseTo(-4, 6);
    expect(narrow.perPrompt.mpjpeMean).toEqual(plain.perPrompt.mpjpeMean);
    expect(meanOf(narrow, 'diversityEvidence') / meanOf(plain, 'diversityEvidence')).toBeCloseTo(
      Math.exp(-1),
      1,
    );
    expect(meanOf(none, 'mpjpeSample')).toBeCloseTo(meanOf(plain, 'mpjpeMean'), 4);
  });

  it('gives equal results for equal streams, other samples for others', async () => {
    const once = await run(uncertain);
    expect(await run(uncertain)).toEqual(once);
    const other = await run(uncertain, { random: createRandom(2) });
    expect(other.perPrompt.mpjpeSample).not.toEqual(once.perPrompt.mpjpeSample);
  });

  it('draws noise for each prompt apart: a pose missing elsewhere changes nothing here', async () => {
    const all = await run(uncertain);
    const withoutFirst = await run(
      scriptedModel((prompt) =>
        prompt === prompts[0] ? { text: '' } : { ...perfect(prompt), logStandardDeviation: -3 },
      ),
    );
    expect(withoutFirst.perPrompt.mpjpeSample[0]).toBeNaN();
    expect(withoutFirst.perPrompt.mpjpeSample.slice(1)).toEqual(all.perPrompt.mpjpeSample.slice(1));
  });

  it('reports its progress, and stops between batches when it is told to', async () => {
    const done: number[] = [];
    await run(uncertain, { onProgress: (count) => done.push(count) });
    expect(done).toEqual([32, 40]);

    const controller = new AbortController();
    const stopped = run(uncertain, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
  });
});
