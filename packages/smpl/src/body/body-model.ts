import type { Skeleton } from '../skeleton/skeleton.js';
import type { SparseRows } from './sparse-rows.js';

/** Linear blend skinning weights, sparse: each vertex follows at most K joints. */
export interface SkinningWeights {
  /** K; four in SMPL and in the synthetic body. */
  readonly influenceCount: number;
  /** Joint indices, [V*K]; 0 where the weight is 0. */
  readonly joints: Uint8Array;
  /** Weights, [V*K], descending in each row, each row summing to 1. */
  readonly weights: Float32Array;
}

/** Linear corrections of the template, in SMPL's structure (Loper et al. 2015, section 3.1). */
export interface ShapeSpace {
  /** Number of shape coefficients (betas) B. */
  readonly coefficientCount: number;
  /** Number of expression coefficients E; 0 for bodies without a face. */
  readonly expressionCount: number;
  /** Displacement of every vertex per unit of each coefficient, shape first, metres, [(B+E), V*3]. */
  readonly shapeDirections: Float32Array;
  /** Rest joints as weighted sums of the shaped vertices, [J, V]. */
  readonly jointRegressor: SparseRows;
}

/** The principal components of one hand's pose (Romero et al. 2017): 15 joints, thumb last. */
export interface HandPoseSpace {
  /** Axis-angle of the relaxed hand, radians, [15*3]. */
  readonly meanAxisAngles: Float64Array;
  /** Added per unit of each coefficient, radians, [C, 15*3]. */
  readonly components: Float64Array;
  /** C. */
  readonly componentCount: number;
}

/**
 * A skinned body in its rest pose: SMPL's T-pose, metres, y up, z front, x to the body's left.
 *
 * The optional parts have the places that an SMPL file fills; a body without them has one fixed shape and no
 * pose-dependent corrections.
 */
export interface BodyModel {
  readonly name: string;
  /** The joints of the template's shape. */
  readonly skeleton: Skeleton;
  /** Rest surface, metres, [V*3]. */
  readonly templateMetres: Float32Array;
  /** Triangles, [T*3] vertex indices, counter-clockwise seen from outside. */
  readonly faces: Uint32Array;
  readonly skinning: SkinningWeights;
  readonly shapeSpace?: ShapeSpace;
  /** Displacement per entry of the pose feature R_1 - I, ..., R_(J-1) - I, metres, [(J-1)*9, V*3]. */
  readonly poseDirections?: Float32Array;
  readonly hands?: { readonly left: HandPoseSpace; readonly right: HandPoseSpace };
}

/** Number of vertices V of a body. */
export function vertexCount(body: BodyModel): number {
  return body.templateMetres.length / 3;
}
