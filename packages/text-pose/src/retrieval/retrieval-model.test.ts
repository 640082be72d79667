import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import { axisAngleToRotation6d, JOINT_COUNT } from '@pose-rft/smpl';
import { dispose, tensor, tidy, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomAxisAngles } from '../../test/structured-poses.js';
import { similarityLaws } from '../laws/similarity-laws.js';
import { EmbeddingShapeError } from './contrastive-loss.js';
import { parseRetrievalConfig, RetrievalConfigError, type RetrievalConfig } from './retrieval-config.js';
import { createRetrievalModel, type RetrievalModel } from './retrieval-model.js';

trackTensorLeaks({ beforeAll, afterAll });

const TINY_TRANSFORMER: RetrievalConfig = {
  embeddingSize: 8,
  text: {
    kind: 'transformer',
    hiddenSize: 8,
    layerCount: 2,
    headCount: 2,
    intermediateSize: 12,
    neighbours: true,
    maximumWords: 12,
    vocabulary: ['left', 'right', 'arm', 'up', 'down', 'knee', 'bent'],
    skippedWords: ['the'],
  },
  pose: { features: 'body-rotations', hiddenSize: 8, layerCount: 2 },
};

const TINY_CONVOLUTION: RetrievalConfig = {
  embeddingSize: 8,
  text: {
    kind: 'convolution',
    bucketCount: 64,
    wordSize: 6,
    windowSize: 3,
    filterCount: 8,
    hiddenSize: 8,
    maximumWords: 12,
    skippedWords: ['the'],
  },
  pose: { features: 'joint-positions', hiddenSize: 8, layerCount: 2 },
};

const CONFIGS = [
  ['transformer', TINY_TRANSFORMER],
  [
    'transformer without neighbours',
    { ...TINY_TRANSFORMER, text: { ...TINY_TRANSFORMER.text, neighbours: false } },
  ],
  ['convolution', TINY_CONVOLUTION],
] as const;

function randomPoses6d(seed: number, count: number): Float32Array {
  const poses6d = new Float32Array(6 * JOINT_COUNT * count);
  for (let pose = 0; pose < count; pose++) {
    const angles = randomAxisAngles(createRandom(seed).split(pose));
    for (let joint = 0; joint < JOINT_COUNT; joint++)
      axisAngleToRotation6d(angles, 3 * joint, poses6d, 6 * (JOINT_COUNT * pose + joint));
  }
  return poses6d;
}

function expectClose(found: Float32Array, expected: Float32Array, digits = 5): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? Number.NaN, digits));
}

function withModel<Result>(config: RetrievalConfig, body: (model: RetrievalModel) => Result): Result {
  const model = createRetrievalModel({ config, random: createRandom(5) });
  try {
    return body(model);
  } finally {
    model.dispose();
  }
}

const word = fc.constantFrom('left', 'right', 'arm', 'up', 'the', 'unheard', ',', '.');
const someTexts = fc.array(
  fc.array(word, { maxLength: 15 }).map((words) => words.join(' ')),
  { minLength: 1, maxLength: 5 },
);

describe.each(CONFIGS)('a model with a %s on wasm', (_kind, config) => {
  beforeAll(() => useBackend('wasm'));

  test.prop({ texts: someTexts }, { numRuns: 15 })(
    'a text has the same embedding of length 1 whatever stands beside it',
    ({ texts }) => {
      withModel(config, (model) => {
        const together = model.embedTexts([...texts, ...texts]);
        texts.forEach((text, index) => {
          const row = together.subarray(8 * index, 8 * index + 8);
          expectClose(row, model.embedTexts([text]));
          expect(Math.hypot(...row)).toBeCloseTo(1, 4);
        });
        expect([...together.subarray(0, 8 * texts.length)]).toEqual([...together.subarray(8 * texts.length)]);
      });
    },
  );

  it('keeps the laws of a similarity', () => {
    withModel(config, ({ similarity }) => {
      for (const law of similarityLaws({ similarity })) law.check({ numRuns: 15 });
    });
  });

  it('words and their order matter; what is skipped, or too far behind, does not', () => {
    withModel(config, (model) => {
      const same = (first: string, second: string): boolean => {
        const rows = model.embedTexts([first, second]);
        return rows.subarray(0, 8).every((value, index) => Math.abs(value - (rows[8 + index] ?? 0)) < 1e-5);
      };
      expect(same('left arm up', 'the LEFT arm, up'.replace(',', ''))).toBe(true);
      expect(same('left arm up', 'right arm up')).toBe(false);
      expect(same('left arm up right arm down', 'right arm up left arm down')).toBe(false);
      const twelve = Array.from({ length: 12 }, () => 'arm').join(' ');
      expect(same(twelve, `${twelve} left`)).toBe(true);
    });
  });

  it('similarity is the cosine of the embeddings, row by row', () => {
    withModel(config, (model) => {
      const [texts, poses6d] = [['left arm up', 'knee bent', 'left arm up'], randomPoses6d(3, 3)];
      const [textRows, poseRows] = [model.embedTexts(texts), model.embedPoses(poses6d)];
      const cosines = model.similarity(texts, poses6d);
      cosines.forEach((cosine, row) => {
        let expected = 0;
        for (let index = 8 * row; index < 8 * row + 8; index++)
          expected += (textRows[index] ?? 0) * (poseRows[index] ?? 0);
        expect(cosine).toBeCloseTo(expected, 5);
        expect(Math.abs(cosine)).toBeLessThanOrEqual(1);
      });
      expect(() => model.similarity(texts, poses6d.subarray(144))).toThrow(EmbeddingShapeError);
      expect(() => model.similarity(texts, poses6d.subarray(144))).toThrow('each of the 3 texts, found 2');
      expect(model.similarity([], new Float32Array(0))).toEqual(new Float32Array(0));
    });
  });

  it('agrees with the plain JavaScript backend, and leaves no tensor behind', async () => {
    const outputs: Float32Array[] = [];
    for (const backend of ['wasm', 'cpu'] as const) {
      await useBackend(backend);
      expectNoTensorLeak(() =>
        withModel(config, (model) => {
          outputs.push(model.embedTexts(['the left arm up, right knee bent', 'up']));
          outputs.push(model.embedPoses(randomPoses6d(1, 2)));
        }),
      );
    }
    await useBackend('wasm');
    const [wasmTexts, wasmPoses, cpuTexts, cpuPoses] = outputs as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    expectClose(wasmTexts, cpuTexts, 4);
    expectClose(wasmPoses, cpuPoses, 4);
  });

  it('the gradients of the loss are those of finite differences, for a number of each parameter', () => {
    withModel(config, (model) => {
      const [texts, poses6d] = [['left arm up', 'the right knee, bent down', 'up'], randomPoses6d(7, 3)];
      const lossNow = (): number =>
        tidy(() => {
          const { loss, release } = model.batchLoss(texts, poses6d);
          release();
          return loss.dataSync()[0] ?? Number.NaN;
        });
      const { gradients, aux } = valueAndGradients(model.parameters, () => {
        const { loss, release } = model.batchLoss(texts, poses6d);
        return { loss, aux: release };
      });
      aux();
      expect(Object.keys(gradients).sort()).toEqual(
        model.parameters.names.filter((name) => model.parameters.isTrainable(name)).sort(),
      );
      for (const [name, gradient] of Object.entries(gradients)) {
        const slopes = gradient.dataSync<'float32'>();
        const steepest = slopes.reduce(
          (best, slope, index) => (Math.abs(slope) > Math.abs(slopes[best] ?? 0) ? index : best),
          0,
        );
        const values = Float32Array.from(model.parameters.get(name).dataSync<'float32'>());
        const at = (shift: number): number => {
          const moved = values.slice();
          moved[steepest] = (moved[steepest] ?? 0) + shift;
          model.parameters.replace(name, tensor(moved, model.parameters.get(name).shape, 'float32'));
          return lossNow();
        };
        const expected = (at(0.003) - at(-0.003)) / 0.006;
        at(0);
        const difference = Math.abs((slopes[steepest] ?? Number.NaN) - expected);
        expect(difference / Math.max(1, Math.abs(expected)), name).toBeLessThan(0.01);
      }
      dispose(gradients);
    });
  });
});

it('parseRetrievalConfig returns what it is given, and names what is wrong', () => {
  for (const [, config] of CONFIGS)
    expect(parseRetrievalConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  const sentence = { kind: 'sentence-encoder', name: 'x', featureSize: 3 };
  expect(parseRetrievalConfig({ ...TINY_TRANSFORMER, text: sentence }).text).toEqual(sentence);
  const { text, pose } = TINY_TRANSFORMER;
  const cases: readonly (readonly [unknown, string])[] = [
    [null, 'the configuration: expected an object, found null'],
    [{ ...TINY_TRANSFORMER, embeddingSize: 0 }, 'embeddingSize: expected a positive integer, found 0'],
    [{ ...TINY_TRANSFORMER, text: [] }, '"text": expected an object'],
    [{ ...TINY_TRANSFORMER, text: { ...text, kind: 'rnn' } }, 'text.kind: expected one of transformer'],
    [{ ...TINY_TRANSFORMER, text: { ...text, headCount: 8 } }, 'an even multiple of headCount (8), found 8'],
    [
      { ...TINY_TRANSFORMER, text: { ...text, neighbours: 1 } },
      'neighbours: expected true or false, found 1',
    ],
    [
      { ...TINY_TRANSFORMER, text: { ...text, vocabulary: ['a', 'a'] } },
      'vocabulary: expected an array of strings',
    ],
    [
      { ...TINY_TRANSFORMER, text: { ...text, skippedWords: [1] } },
      'skippedWords: expected an array of strings',
    ],
    [
      { ...TINY_CONVOLUTION, text: { ...TINY_CONVOLUTION.text, windowSize: 4 } },
      'text.windowSize: expected an odd',
    ],
    [{ ...TINY_TRANSFORMER, text: { ...sentence, name: 1 } }, 'text.name: expected a string'],
    [{ ...TINY_TRANSFORMER, pose: { ...pose, features: 'pixels' } }, 'pose.features: expected one of local'],
    [{ ...TINY_TRANSFORMER, pose: { ...pose, layerCount: 1.5 } }, 'layerCount: expected a positive integer'],
  ];
  for (const [config, message] of cases) {
    expect(() => parseRetrievalConfig(config)).toThrow(RetrievalConfigError);
    expect(() => parseRetrievalConfig(config)).toThrow(message);
  }
});
