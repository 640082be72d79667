import type { SkinningWeights } from './body-model.js';

/** A smaller weight moves nothing by a visible amount: a nanometre a metre. */
const SMALLEST_WEIGHT = 1e-9;

/**
 * The sparse form of dense weights: as many places a vertex as its most influenced vertex needs.
 *
 * @param dense - row-major [V, J]
 */
export function sparseSkinningWeights(
  dense: ArrayLike<number>,
  vertexCount: number,
  jointCount: number,
): SkinningWeights {
  let influenceCount = 1;
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    let used = 0;
    for (let joint = 0; joint < jointCount; joint++)
      if (Math.abs(dense[vertex * jointCount + joint] as number) >= SMALLEST_WEIGHT) used++;
    influenceCount = Math.max(influenceCount, used);
  }
  const joints = new Uint8Array(vertexCount * influenceCount);
  const weights = new Float32Array(vertexCount * influenceCount);
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    const row: number[] = [];
    for (let joint = 0; joint < jointCount; joint++)
      if (Math.abs(dense[vertex * jointCount + joint] as number) >= SMALLEST_WEIGHT) row.push(joint);
    const weight = (joint: number): number => dense[vertex * jointCount + joint] as number;
    row
      .sort((a, b) => weight(b) - weight(a))
      .forEach((joint, slot) => {
        joints[vertex * influenceCount + slot] = joint;
        weights[vertex * influenceCount + slot] = weight(joint);
      });
  }
  return { influenceCount, joints, weights };
}

/**
 * The `count` strongest influences of every vertex, scaled to sum to 1: what file formats and graphics cards with a
 * fixed number of influences take. Weights that already fit are returned as they are, padded if there are fewer.
 */
export function strongestInfluences(skinning: SkinningWeights, count: number): SkinningWeights {
  const { influenceCount } = skinning;
  if (influenceCount === count) return skinning;
  const vertices = skinning.weights.length / influenceCount;
  const joints = new Uint8Array(vertices * count);
  const weights = new Float32Array(vertices * count);
  for (let vertex = 0; vertex < vertices; vertex++) {
    let sum = 0;
    for (let slot = 0; slot < Math.min(count, influenceCount); slot++)
      sum += skinning.weights[vertex * influenceCount + slot] as number;
    for (let slot = 0; slot < Math.min(count, influenceCount); slot++) {
      joints[vertex * count + slot] = skinning.joints[vertex * influenceCount + slot] as number;
      weights[vertex * count + slot] = (skinning.weights[vertex * influenceCount + slot] as number) / sum;
    }
  }
  return { influenceCount: count, joints, weights };
}
