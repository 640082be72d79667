import { createAdamW, dispose, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { expectNoTensorLeak } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { supervisedLoss, type SupervisedReport, type SupervisedSample } from './supervised.js';
import { createSmallModel, randomAnswer, randomPrompt } from './testing/small-model.js';

beforeAll(() => useBackend('wasm'));

describe('supervisedLoss', () => {
  it('lets a model overfit one batch', () => {
    const reports = expectNoTensorLeak(() => {
      const model = createSmallModel(6, { hiddenSize: 16 });
      const random = createRandom(7);
      const batch = [3, 1, 5, 2].map((wordCount, index): SupervisedSample => ({
        ...randomPrompt(model.config, random, { wordCount, hasImage: index % 2 === 0 }),
        answerIds: randomAnswer(random, wordCount, 1),
        targetPose6d: random.fillNormal(new Float32Array(model.config.poseSize)),
      }));
      const optimizer = createAdamW({ weightDecay: 0, beta2: 0.98, maxGradientNorm: 1 });
      const seen: SupervisedReport[] = [];
      for (let step = 0; step < 120; step++) {
        const { gradients, aux } = valueAndGradients(model.parameters, () =>
          supervisedLoss(model.decoder, batch),
        );
        optimizer.step(model.parameters, gradients, 0.01);
        dispose(gradients);
        seen.push(aux);
      }
      model.dispose();
      return seen;
    });
    const last = reports.at(-1);
    expect(last?.crossEntropy).toBeLessThan(0.05);
    expect(last?.poseMeanSquaredError).toBeLessThan(0.05);
    expect(last?.poseNegativeLogLikelihood).toBeLessThan(reports[0]?.poseNegativeLogLikelihood ?? 0);
  });
});
