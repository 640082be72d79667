import {
  grad,
  scalar,
  tensor2d,
  tensor3d,
  tidy,
  useBackend,
  zeros,
  add,
  type Scalar,
  type Tensor,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { componentEntropy, componentKl, type RegulariserInput } from './component-regularisers.js';
import { componentObjective, type ComponentObjectiveInput } from './index.js';
import type { ScoredComponent } from './scored-component.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const value = (term: Tensor): number => term.dataSync()[0] ?? NaN;
const LOG_2_PI_E = 1 + Math.log(2 * Math.PI);

/** Two candidates of two samples; each pose consists of two independent blocks of one number. */
const layout = {
  kind: 'nested',
  values: new Float32Array(8),
  candidates: Int32Array.of(0, 1),
  groups: 2,
} as const;
const weights = { perToken: Float32Array.of(1, 2, 4, 8), perSequence: new Float32Array(4) };

/** Of all four blocks the variance 1, around `mean`. */
function blocks(mean: number[]): ScoredComponent {
  return {
    logProbs: { ...layout, values: zeros([2, 2, 2]) },
    distribution: {
      kind: 'choleskyGaussian',
      mean: tensor2d(mean, [4, 1]),
      choleskyFactor: tensor3d([1, 1, 1, 1], [4, 1, 1]),
    },
  };
}

describe('of a row that consists of independent blocks', () => {
  const input = (): RegulariserInput => ({ layout, current: blocks([1, 2, 3, 0]), weights });

  test('the KL is the sum of those of its blocks', () => {
    tidy(() => {
      const methods = { value: 'auto', gradient: 'auto', importanceWeighted: false } as const;
      // Candidates weigh 1 + 2 and 4 + 8; half the squared distances are (1 + 4) / 2 and 9 / 2.
      expect(value(componentKl(input(), blocks([0, 0, 0, 0]), methods))).toBeCloseTo(3 * 2.5 + 12 * 4.5, 4);
    });
  });

  test('so is the entropy', () => {
    tidy(() => {
      expect(value(componentEntropy(input()))).toBeCloseTo(15 * LOG_2_PI_E, 4);
    });
  });
});

test('value and gradient of the KL are chosen each on its own', () => {
  tidy(() => {
    const kl = (gradient: 'k1' | 'k2' | 'k3' | 'auto', shift: Scalar): Scalar => {
      const current: ScoredComponent = {
        logProbs: { ...layout, values: add(zeros([2, 2, 2]), shift) },
      };
      const reference: ScoredComponent = { logProbs: { ...layout, values: zeros([2, 2, 2]) } };
      const methods = { value: 'k3', gradient, importanceWeighted: false } as const;
      return componentKl({ layout, current, weights }, reference, methods);
    };
    const d = Math.LN2;
    // Two groups of dimensions a sample, whose weights are 15 in all.
    const slopes = { k1: 30, k2: 30 * d, k3: 30 * (1 - Math.exp(-d)), auto: 30 * d };
    for (const gradient of ['k1', 'k2', 'k3', 'auto'] as const) {
      expect(value(kl(gradient, scalar(d)))).toBeCloseTo(30 * (Math.exp(-d) - 1 + d), 4);
      const slope = grad((shift) => kl(gradient, shift as Scalar))(scalar(d));
      expect(value(slope)).toBeCloseTo(slopes[gradient], 4);
    }
  });
});

test('named groups of dimensions are merged before the KL and the entropy are estimated', () => {
  tidy(() => {
    const pose: ComponentObjectiveInput = {
      name: 'pose',
      axes: { promptCount: 1, candidatesPerPrompt: 1, samplesPerCandidate: 1 },
      old: { kind: 'nested', values: Float32Array.of(1, 2), candidates: Int32Array.of(0), groups: 2 },
      current: {
        logProbs: {
          kind: 'nested',
          values: tensor3d([1, 2], [1, 1, 2]),
          candidates: Int32Array.of(0),
          groups: 2,
        },
      },
      reference: {
        logProbs: {
          kind: 'nested',
          values: tensor3d([0, 0], [1, 1, 2]),
          candidates: Int32Array.of(0),
          groups: 2,
        },
      },
      advantages: { values: Float32Array.of(1), perGroup: false },
    };
    const terms = (options: ComponentObjectiveInput['options']): number[] => {
      const { kl, entropy } = componentObjective({
        ...pose,
        options: { klEstimator: 'k2', entropyCoefficient: 0, ...options },
      });
      return [kl, entropy].map((term) => (term ? value(term) : NaN));
    };
    expect(terms({})).toEqual([0.5 * (1 + 4), -3]);
    expect(terms({ dimensionGroups: { whole: [0, 1] } })).toEqual([0.5 * 9, -3]);
  });
});
