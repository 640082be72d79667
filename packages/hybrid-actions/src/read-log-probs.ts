import { tidy } from '@pose-rft/tensor';
import type { ComponentLogProbs, ComponentScores } from './policy.js';

/**
 * Scores as plain data, such as a rollout keeps of its sampling time; the tensors are disposed.
 *
 * @param score - makes the scores; called once, inside `tidy`
 * @example
 * ```ts
 * import { readLogProbs } from '@pose-rft/hybrid-actions';
 * import { tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const { answer } = readLogProbs(() => ({
 *   logProbs: { answer: { kind: 'sequence', values: tensor1d([-1, -2]), offsets: Int32Array.of(0, 2) } },
 * }));
 * console.assert(answer?.values.join() === '-1,-2');
 * ```
 */
export function readLogProbs(
  score: () => ComponentScores,
): Readonly<Record<string, ComponentLogProbs<Float32Array>>> {
  const read: Record<string, ComponentLogProbs<Float32Array>> = {};
  tidy(() => {
    for (const [name, component] of Object.entries(score().logProbs))
      // A copy: dataSync may hand out the backend's own memory.
      read[name] = { ...component, values: component.values.dataSync<'float32'>().slice() };
  });
  return read;
}
