import { loadRetrievalModel, type RetrievalTrainingNotes } from './retrieval-checkpoint.js';
import type { RetrievalModel, TextPoseSimilarity } from './retrieval-model.js';

interface Evaluator {
  /** Its embeddings, for `evaluateRecall` and the like. */
  readonly model: Pick<RetrievalModel, 'config' | 'embedPoses' | 'embedTexts'>;
  /** Names the weights, for reports. */
  readonly weightsSha256: string;
  readonly training: RetrievalTrainingNotes;
  dispose(): void;
}

/** Evaluator A: a policy may be trained on it. What a policy was trained on does not judge it. */
export interface RewardEvaluator extends Evaluator {
  readonly role: 'reward';
  readonly similarity: TextPoseSimilarity;
}

/**
 * Evaluator B: it only judges, so that a reward that was gamed shows. It was trained on other poses and other captions
 * than A, reads texts and poses in another way, and has no `similarity` to pass to a reward by mistake.
 */
export interface JudgeEvaluator extends Evaluator {
  readonly role: 'judge';
  /** As {@link TextPoseSimilarity}: cosines in [-1, 1], not comparable with A's. */
  readonly judge: TextPoseSimilarity;
}

/**
 * Evaluator A from the package's checkpoints: a transformer over words, and the rotations of the body's frames. Needs a
 * file system (Node) and a backend (`useBackend`); elsewhere, fetch the two files of `checkpoints/reward-evaluator` and
 * give them to `decodeRetrievalModel`. The caller disposes it.
 *
 * @param folder - one trained by yourself, in place of the package's
 * @throws RetrievalCheckpointError if the checkpoint is missing or damaged
 * @example
 * ```ts
 * import { useBackend } from '@pose-rft/tensor';
 * import { loadRewardEvaluator } from '@pose-rft/text-pose/retrieval';
 *
 * await useBackend('wasm');
 * const evaluator = await loadRewardEvaluator();
 * const armsOut = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const poses = Float32Array.of(...armsOut, ...armsOut);
 * const [right = 0, wrong = 0] = evaluator.similarity(
 *   ['someone standing with both arms out to the sides', 'someone kneeling with both elbows bent'],
 *   poses,
 * );
 * console.assert(right > wrong);
 * evaluator.dispose();
 * ```
 */
export async function loadRewardEvaluator(folder?: string): Promise<RewardEvaluator> {
  const { model, training, weightsSha256 } = await loadRetrievalModel(
    folder ?? (await shippedFolder('reward-evaluator')),
  );
  return {
    role: 'reward',
    model,
    similarity: model.similarity,
    training,
    weightsSha256,
    dispose: model.dispose,
  };
}

/**
 * Evaluator B from the package's checkpoints: character n-grams, a convolution over words, and joint positions. Otherwise
 * as {@link loadRewardEvaluator}.
 *
 * @throws RetrievalCheckpointError if the checkpoint is missing or damaged
 */
export async function loadJudgeEvaluator(folder?: string): Promise<JudgeEvaluator> {
  const { model, training, weightsSha256 } = await loadRetrievalModel(
    folder ?? (await shippedFolder('judge-evaluator')),
  );
  return {
    role: 'judge',
    model,
    judge: model.similarity,
    training,
    weightsSha256,
    dispose: model.dispose,
  };
}

/** Where a shipped checkpoint lies; the same from this package's sources and from its build. */
async function shippedFolder(name: string): Promise<string> {
  const { createRequire } = await import('node:module');
  const { dirname, join } = await import('node:path');
  const manifest = createRequire(import.meta.url).resolve('@pose-rft/text-pose/package.json');
  return join(dirname(manifest), 'checkpoints', name);
}
