import { vertexCount, type BodyModel } from '../body/body-model.js';
import type { SparseRows } from '../body/sparse-rows.js';
import { writeNpz, type ArrayToWrite } from './write-npz.js';

/** Thrown for a body that lacks what the file format needs. */
export class BodyWithoutRegressorError extends Error {
  override readonly name = 'BodyWithoutRegressorError';
}

const NO_PARENT = 4294967295;

/**
 * Writes a body model as an `.npz` with SMPL's fields, which {@link readBodyModel} and the `smplx` Python package read:
 * so the synthetic body can stand in for a licensed one there. Missing pose directions are written as zeros.
 *
 * @throws BodyWithoutRegressorError if the body has no shape space: the format needs its joint regressor
 * @example
 * ```ts
 * import { readBodyModel, syntheticBody, writeBodyModel } from '@pose-rft/smpl';
 *
 * const body = readBodyModel(writeBodyModel(syntheticBody()), 'SMPL_NEUTRAL.npz');
 * console.assert(body.skeleton.names.length === 24);
 * ```
 */
export function writeBodyModel(body: BodyModel): Uint8Array {
  const vertices = vertexCount(body);
  const { parents } = body.skeleton;
  const joints = parents.length;
  const { shapeSpace, hands } = body;
  if (shapeSpace === undefined)
    throw new BodyWithoutRegressorError(
      `The body '${body.name}' has no shape space, and so no joint regressor to write.`,
    );
  const shapeCount = shapeSpace.coefficientCount + shapeSpace.expressionCount;
  const poseCount = 9 * (joints - 1);
  const arrays: Record<string, ArrayToWrite> = {
    v_template: { shape: [vertices, 3], data: body.templateMetres },
    f: { shape: [body.faces.length / 3, 3], data: body.faces },
    kintree_table: {
      shape: [2, joints],
      data: Uint32Array.from(
        [...parents].map((parent) => (parent < 0 ? NO_PARENT : parent)).concat([...parents.keys()]),
      ),
    },
    weights: { shape: [vertices, joints], data: denseWeights(body) },
    J_regressor: { shape: [joints, vertices], data: denseRegressor(shapeSpace.jointRegressor) },
    shapedirs: {
      shape: [vertices, 3, shapeCount],
      data: transposed(shapeSpace.shapeDirections, shapeCount, 3 * vertices),
    },
    posedirs: {
      shape: [vertices, 3, poseCount],
      data: transposed(body.poseDirections, poseCount, 3 * vertices),
    },
  };
  for (const [side, hand] of [
    ['l', hands?.left],
    ['r', hands?.right],
  ] as const) {
    if (hand === undefined) continue;
    const size = hand.meanAxisAngles.length;
    arrays[`hands_mean${side}`] = { shape: [size], data: hand.meanAxisAngles };
    arrays[`hands_components${side}`] = { shape: [hand.componentCount, size], data: hand.components };
  }
  return writeNpz(arrays);
}

function denseWeights({ skinning: { influenceCount, joints, weights }, skeleton }: BodyModel): Float32Array {
  const jointCount = skeleton.parents.length;
  const dense = new Float32Array((weights.length / influenceCount) * jointCount);
  weights.forEach((weight, slot) => {
    const place = Math.floor(slot / influenceCount) * jointCount + (joints[slot] as number);
    dense[place] = (dense[place] as number) + weight;
  });
  return dense;
}

function denseRegressor(regressor: SparseRows): Float64Array {
  const vertices = regressor.columnCount;
  const dense = new Float64Array(regressor.rowCount * vertices);
  for (let row = 0; row < regressor.rowCount; row++)
    for (
      let entry = regressor.starts[row] as number;
      entry < (regressor.starts[row + 1] as number);
      entry++
    ) {
      const place = row * vertices + (regressor.columns[entry] as number);
      dense[place] = (dense[place] as number) + (regressor.values[entry] as number);
    }
  return dense;
}

/** [rows, columns] -> [columns, rows]; zeros for none. */
function transposed(matrix: Float32Array | undefined, rows: number, columns: number): Float32Array {
  const target = new Float32Array(rows * columns);
  if (matrix === undefined) return target;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      target[column * rows + row] = matrix[row * columns + column] as number;
  return target;
}
