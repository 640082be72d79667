import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { affineJointRegressor } from './affine-joint-regressor.js';
import type { BodyModel } from './body-model.js';
import { mannequinShape } from './mannequin-shape.js';
import { remesh, type SizingField } from './remesh.js';
import { diffuseSkinningWeights } from './skinning-weights.js';
import { surfaceNets } from './surface-nets.js';
import { SYNTHETIC_SHAPE_NAMES, syntheticShapeDirections } from './synthetic-shape-directions.js';

const FINE_CELL_METRES = 0.0115;

let cached: BodyModel | undefined;

/**
 * A mannequin around {@link SYNTHETIC_SKELETON}, made by code alone: one closed, smooth, skinned surface of
 * 2,915 vertices, finer at the hands, face and feet. Built on the first call, in less than a second, and kept: every
 * call returns the same object. Equal on every machine.
 *
 * Its shape has six coefficients ({@link SYNTHETIC_SHAPE_NAMES}): height, girth, arm length, leg length, shoulder width
 * and hip width.
 *
 * It stands in for SMPL where no licensed body model is at hand, and has its joints, axes and units.
 *
 * @example
 * ```ts
 * import { syntheticBody, vertexCount } from '@pose-rft/smpl';
 *
 * const body = syntheticBody();
 * console.assert(vertexCount(body) > 2000 && body.skeleton.names.length === 24);
 * ```
 */
export function syntheticBody(): BodyModel {
  cached ??= createSyntheticBody();
  return cached;
}

function createSyntheticBody(): BodyModel {
  const skeleton = SYNTHETIC_SKELETON;
  const shape = mannequinShape(skeleton);
  const fine = surfaceNets(shape.field, [-0.95, -1.02, -0.25], [0.95, 0.86, 0.26], FINE_CELL_METRES);
  const coarse = remesh(fine, shape.field.at, sizing);
  const templateMetres = Float32Array.from(coarse.vertices);
  const skinning = diffuseSkinningWeights(templateMetres, coarse.faces, skeleton, shape);
  return {
    name: 'synthetic',
    skeleton,
    templateMetres,
    faces: coarse.faces,
    skinning,
    shapeSpace: {
      coefficientCount: SYNTHETIC_SHAPE_NAMES.length,
      expressionCount: 0,
      shapeDirections: syntheticShapeDirections(templateMetres, skinning, skeleton),
      jointRegressor: affineJointRegressor(templateMetres, skinning, skeleton),
    },
  };
}

/** Finer where the shape is small or bends. */
const sizing: SizingField = (x, y, z) => {
  const side = Math.abs(x);
  if (side > 0.68) return 0.0115;
  if (y > 0.58 && z > 0.08) return 0.011;
  if (y > 0.54) return 0.02;
  if (y < -0.86) return 0.0175;
  if (side > 0.26) return 0.022;
  return 0.026;
};
