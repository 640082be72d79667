import { createRandom } from '@pose-rft/random';
import type { ArrayToWrite } from '../files/write-npz.js';

/** The fields of a model of four vertices and two joints, in the official format. For tests. */
export function tinyModelFields(): Readonly<Record<string, ArrayToWrite>> {
  const random = createRandom(5);
  const normal = (...shape: number[]): ArrayToWrite => ({
    shape,
    data: random.fillNormal(new Float64Array(shape.reduce((product, length) => product * length, 1))),
  });
  return {
    v_template: normal(4, 3),
    f: { shape: [2, 3], data: Uint32Array.of(0, 1, 2, 2, 1, 3) },
    kintree_table: { shape: [2, 2], data: Uint32Array.of(4294967295, 0, 0, 1) },
    weights: { shape: [4, 2], data: Float64Array.of(1, 0, 0.25, 0.75, 0.5, 0.5, 0, 1) },
    J_regressor: { shape: [2, 4], data: Float64Array.of(0.5, 0.5, 0, 0, 0, 0, 0.75, 0.25) },
    shapedirs: normal(4, 3, 3),
    posedirs: normal(4, 3, 9),
  };
}
