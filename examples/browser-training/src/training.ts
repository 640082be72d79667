// The training that the page shows, and that train-in-node.ts runs: HyGRPO on the supervised model that ships.
import { createSyntheticSet } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import {
  answerSentence,
  decodePoseModel,
  reinforcementMethod,
  stepBudget,
  trainReinforcement,
} from 'pose-rft/browser';

/** A checkpoint's two files. */
export interface CheckpointFiles {
  readonly config: string;
  readonly weights: Uint8Array;
}

/** What one iteration did. */
export interface TrainingProgress {
  readonly iteration: number;
  readonly reward: number;
  readonly loss: number;
  readonly seconds: number;
  /** [144] what the model now answers to the sentence, as 6D rotations; undefined if the answer holds no pose. */
  readonly pose6d: Float32Array | undefined;
  readonly text: string;
}

/** Trains for so many iterations; after each, the model answers the sentence. Ends early when the signal says so. */
export async function* trainAndAnswer(options: {
  readonly files: CheckpointFiles;
  readonly sentence: () => string;
  readonly iterations: number;
  readonly signal?: AbortSignal;
}): AsyncGenerator<TrainingProgress> {
  const { files, sentence, iterations, signal } = options;
  const model = await decodePoseModel(files);
  const reference = model.clone();
  const steps = trainReinforcement({
    model,
    reference,
    method: { ...reinforcementMethod('hygrpo'), promptsPerKind: 4 },
    samples: createSyntheticSet({ count: 400, seed: 1, split: 'train' }),
    random: createRandom(1),
    budget: stepBudget(iterations),
    iterations,
    ...(signal === undefined ? {} : { signal }),
  });
  let start = performance.now();
  try {
    for await (const { iteration, metrics } of steps) {
      const seconds = (performance.now() - start) / 1000;
      const { answers } = await answerSentence(model, sentence(), { samples: 1, random: createRandom(7) });
      yield {
        iteration,
        reward: metrics['reward'],
        loss: metrics['loss'],
        seconds,
        pose6d: answers[0]?.pose6d,
        text: answers[0]?.text ?? '',
      };
      start = performance.now();
    }
  } finally {
    reference.dispose();
    model.dispose();
  }
}
