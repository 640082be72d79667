import { createRandom, type Random } from '@pose-rft/random';
import {
  parsePoseTokeniserConfig,
  type PoseTokeniserConfig,
} from '../pose-tokeniser/pose-tokeniser-config.js';
import { createPoseTokeniserParameters } from '../pose-tokeniser/pose-tokeniser-parameters.js';
import { createPoseTokeniser, type PoseTokeniser } from '../pose-tokeniser/pose-tokeniser.js';
import { trainPoseTokeniser, type PoseTokeniserStep } from '../pose-tokeniser/train-pose-tokeniser.js';

export const SMALL_TOKENISER: PoseTokeniserConfig = parsePoseTokeniserConfig({
  poseSize: 12,
  levelCount: 3,
  codebookSize: 16,
  latentSize: 6,
  hiddenSize: 16,
  hiddenLayerCount: 1,
});

/** Poses of two joints, each turned about one axis by an angle of two clusters: rotations with something to learn. */
export function clusteredPoses(count: number, random: Random): Float32Array {
  const poses = new Float32Array(12 * count);
  for (let row = 0; row < count; row++) {
    const bend = random.uniform() < 0.5 ? 0.4 : 1.6;
    [bend + 0.2 * random.normal(), -bend + 0.2 * random.normal()].forEach((angle, joint) => {
      const at = 12 * row + 6 * joint;
      poses.set([Math.cos(angle), Math.sin(angle), 0, -Math.sin(angle), Math.cos(angle), 0], at);
    });
  }
  return poses;
}

export interface SmallTokeniser {
  readonly tokeniser: PoseTokeniser;
  readonly poses6d: Float32Array;
  readonly steps: readonly PoseTokeniserStep[];
}

/** Trains a tokeniser of two joints in about a second. */
export function trainSmallTokeniser(seed: number, stepCount = 300): SmallTokeniser {
  const random = createRandom(seed);
  const poses6d = clusteredPoses(600, random.split('poses'));
  const config = SMALL_TOKENISER;
  const parameters = createPoseTokeniserParameters({ config, random: random.split('parameters'), poses6d });
  try {
    const steps = [
      ...trainPoseTokeniser({
        config,
        parameters,
        poses6d,
        random: random.split('training'),
        progress: (step) => step / stepCount,
        batchSize: 32,
        learningRate: 5e-3,
      }),
    ];
    return { tokeniser: createPoseTokeniser({ config, parameters }), poses6d, steps };
  } finally {
    parameters.dispose();
  }
}
