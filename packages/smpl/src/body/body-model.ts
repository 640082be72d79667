import type { Skeleton } from '../skeleton/skeleton.js';

/**
 * Linear blend skinning weights, sparse: each vertex follows at most four joints. (SMPL's own weights have no more
 * than four non-zero entries a row either.)
 */
export interface SkinningWeights {
  /** Joint indices, [V*4]; 0 where the weight is 0. */
  readonly joints: Uint8Array;
  /** Weights, [V*4], descending in each row, each row summing to 1. */
  readonly weights: Float32Array;
}

/** Linear corrections of the template, in SMPL's structure (`lbs.py` of smplx, FACTS D3). */
export interface ShapeSpace {
  /** Number of shape coefficients B. */
  readonly coefficientCount: number;
  /** Displacement of every vertex per unit of each coefficient, metres, [V*3*B]. */
  readonly shapeDirections: Float32Array;
  /** Rest joints from shaped vertices, dense [J*V]. */
  readonly jointRegressor: Float32Array;
}

/**
 * A skinned body in its rest pose: SMPL's T-pose, metres, y up, z front, x to the body's left.
 *
 * The optional parts have the places that an SMPL file fills; a body without them has one fixed shape and no
 * pose-dependent corrections.
 */
export interface BodyModel {
  readonly name: string;
  readonly skeleton: Skeleton;
  /** Rest surface, metres, [V*3]. */
  readonly templateMetres: Float32Array;
  /** Triangles, [T*3] vertex indices, counter-clockwise seen from outside. */
  readonly faces: Uint32Array;
  readonly skinning: SkinningWeights;
  readonly shapeSpace?: ShapeSpace;
  /** Displacement per entry of the pose feature R_1 - I, ..., R_(J-1) - I, metres, [(J-1)*9, V*3]. */
  readonly poseDirections?: Float32Array;
}

/** Number of vertices V of a body. */
export function vertexCount(body: BodyModel): number {
  return body.templateMetres.length / 3;
}
