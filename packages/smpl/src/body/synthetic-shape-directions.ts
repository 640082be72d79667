import { isJointName, type JointName } from '../skeleton/joints.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import type { SkinningWeights } from './body-model.js';

/** Relative growth of a segment along x, y and z. */
type Growth = readonly [x: number, y: number, z: number];

interface ShapeDirection {
  readonly name: string;
  /** How the flesh that follows a joint grows for each unit of the coefficient; `side` stands for left and right. */
  readonly growth: Partial<Readonly<Record<Segment, Growth>>>;
}

type Segment = 'trunk' | 'hips' | 'chest' | 'head' | 'collar' | 'arm' | 'hand' | 'leg' | 'foot';

/** Which segment follows each joint. In the rest pose arms lie along x and legs along y. */
const SEGMENTS: Readonly<Record<string, Segment>> = {
  pelvis: 'hips',
  spine1: 'trunk',
  spine2: 'trunk',
  spine3: 'chest',
  neck: 'head',
  head: 'head',
  collar: 'collar',
  shoulder: 'arm',
  elbow: 'arm',
  wrist: 'hand',
  hand: 'hand',
  hip: 'leg',
  knee: 'leg',
  ankle: 'foot',
  foot: 'foot',
};

/**
 * What the coefficients of the synthetic body do, each about a standard deviation a unit. All are this project's own;
 * they are not SMPL's principal components.
 */
const SHAPE_DIRECTIONS: readonly ShapeDirection[] = [
  {
    name: 'height',
    growth: {
      trunk: [0.012, 0.04, 0.012],
      hips: [0.012, 0.04, 0.012],
      chest: [0.012, 0.04, 0.012],
      head: [0.012, 0.016, 0.012],
      collar: [0.02, 0.012, 0.012],
      arm: [0.04, 0.012, 0.012],
      hand: [0.024, 0.012, 0.012],
      leg: [0.012, 0.042, 0.012],
      foot: [0.012, 0.02, 0.03],
    },
  },
  {
    name: 'girth',
    growth: {
      trunk: [0.085, 0, 0.11],
      hips: [0.06, 0, 0.08],
      chest: [0.05, 0, 0.07],
      head: [0.012, 0, 0.012],
      collar: [0, 0.04, 0.05],
      arm: [0, 0.07, 0.07],
      hand: [0, 0.03, 0.03],
      leg: [0.07, 0, 0.07],
      foot: [0.03, 0, 0],
    },
  },
  { name: 'arm length', growth: { arm: [0.05, 0, 0], hand: [0.03, 0, 0] } },
  { name: 'leg length', growth: { leg: [0, 0.05, 0] } },
  { name: 'shoulder width', growth: { collar: [0.08, 0.01, 0], chest: [0.05, 0, 0.015] } },
  { name: 'hip width', growth: { hips: [0.07, 0, 0.035] } },
];

/** The names of the synthetic body's shape coefficients, in order. */
export const SYNTHETIC_SHAPE_NAMES: readonly string[] = SHAPE_DIRECTIONS.map(({ name }) => name);

/**
 * The displacements [B, V*3] of a skinned surface in its rest pose. Each segment grows about its joint, joints move with
 * the growth of the segments above them, and a vertex takes the weighted mean of its joints' movements: linear in the
 * coefficients, and smooth wherever the skinning weights are.
 *
 * @param vertices - rest surface, metres, [V*3]
 */
export function syntheticShapeDirections(
  vertices: Float32Array,
  { influenceCount, joints, weights }: SkinningWeights,
  skeleton: Skeleton,
): Float32Array {
  const rest = skeleton.restJointsMetres;
  const directions = new Float32Array(SHAPE_DIRECTIONS.length * vertices.length);
  SHAPE_DIRECTIONS.forEach(({ growth }, row) => {
    const growthOf = skeleton.names.map((name): Growth => growth[segmentOf(name)] ?? [0, 0, 0]);
    const moved = new Float64Array(rest.length);
    skeleton.parents.forEach((parent, joint) => {
      if (parent < 0) return;
      for (let axis = 0; axis < 3; axis++) {
        const bone = (rest[3 * joint + axis] as number) - (rest[3 * parent + axis] as number);
        const stretch = (growthOf[parent] as Growth)[axis] as number;
        moved[3 * joint + axis] = (moved[3 * parent + axis] as number) + stretch * bone;
      }
    });
    for (let i = 0; i < vertices.length; i++) {
      const vertex = Math.floor(i / 3);
      const axis = i % 3;
      let sum = 0;
      for (let slot = vertex * influenceCount; slot < (vertex + 1) * influenceCount; slot++) {
        const place = 3 * (joints[slot] as number) + axis;
        const stretch = (growthOf[joints[slot] as number] as Growth)[axis] as number;
        const grown = stretch * ((vertices[i] as number) - (rest[place] as number));
        sum += (weights[slot] as number) * ((moved[place] as number) + grown);
      }
      directions[row * vertices.length + i] = sum;
    }
  });
  return directions;
}

function segmentOf(name: string): Segment {
  const part = isJointName(name) ? (name satisfies JointName).replace(/^(left|right)_/, '') : '';
  return SEGMENTS[part] ?? 'trunk';
}
