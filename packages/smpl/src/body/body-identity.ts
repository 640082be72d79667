import type { RealArray } from '../real-array.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import type { BodyModel } from './body-model.js';
import { regressPoints } from './sparse-rows.js';

/** A body of one fixed shape: everything that does not depend on the pose, computed once. */
export interface BodyIdentity {
  readonly body: BodyModel;
  /** The joints of this shape. */
  readonly skeleton: Skeleton;
  /** The rest surface of this shape, metres, [V*3]. */
  readonly restVerticesMetres: Float32Array;
}

/** The person: fewer coefficients than the model has leave the others at zero. */
export interface ShapeCoefficients {
  /** SMPL's betas, in standard deviations. */
  readonly betas?: RealArray | readonly number[];
  /** SMPL-X's facial expression. */
  readonly expression?: RealArray | readonly number[];
}

/** Thrown for shape coefficients that a body does not have, or that are not finite. */
export class ShapeCoefficientsError extends Error {
  override readonly name = 'ShapeCoefficientsError';
}

/** Thrown when one body's preparation is to go on with a shape of another body. */
export class OtherBodyError extends Error {
  override readonly name = 'OtherBodyError';
}

/** @throws OtherBodyError unless a shape is one of this body */
export function assertSameBody(body: BodyModel, other: BodyIdentity): void {
  if (other.body === body) return;
  throw new OtherBodyError(
    `This was prepared for the body '${body.name}'; the shape is one of another, '${other.body.name}'. ` +
      'Prepare the other body by itself.',
  );
}

/**
 * Applies shape (and expression) coefficients to a body: its rest surface is the template plus the weighted shape
 * directions, its joints are regressed from that surface (Loper et al. 2015, eq. 8 and 10).
 *
 * @throws ShapeCoefficientsError if there are more coefficients than the body has, or one is not finite
 * @example
 * ```ts
 * import { createSkinning, prepareIdentity, syntheticBody } from '@pose-rft/smpl';
 *
 * const tall = prepareIdentity(syntheticBody(), { betas: [2] });
 * const skinning = createSkinning(tall); // as many poses as wanted, of this person
 * console.assert(skinning.vertexCount === tall.restVerticesMetres.length / 3);
 * ```
 */
export function prepareIdentity(body: BodyModel, coefficients: ShapeCoefficients = {}): BodyIdentity {
  const { skeleton, templateMetres, shapeSpace } = body;
  const shapeCount = shapeSpace?.coefficientCount ?? 0;
  const betas = checked(body, 'shape coefficients (betas)', coefficients.betas, shapeCount);
  const expression = checked(
    body,
    'expression coefficients',
    coefficients.expression,
    shapeSpace?.expressionCount ?? 0,
  );
  if (shapeSpace === undefined || betas.length + expression.length === 0)
    return { body, skeleton, restVerticesMetres: templateMetres };
  const rest = new Float64Array(templateMetres);
  betas.forEach((beta, row) => {
    addRow(rest, shapeSpace.shapeDirections, row, beta);
  });
  expression.forEach((value, row) => {
    addRow(rest, shapeSpace.shapeDirections, shapeCount + row, value);
  });
  const restJointsMetres = new Float64Array(skeleton.restJointsMetres.length);
  regressPoints(shapeSpace.jointRegressor, rest, 0, restJointsMetres, 0);
  return {
    body,
    skeleton: { ...skeleton, restJointsMetres },
    restVerticesMetres: new Float32Array(rest),
  };
}

/** A body's own identity if it has no coefficients yet. */
export function identityOf(body: BodyModel | BodyIdentity): BodyIdentity {
  return 'restVerticesMetres' in body ? body : prepareIdentity(body);
}

function checked(
  body: BodyModel,
  what: string,
  values: ShapeCoefficients['betas'],
  limit: number,
): readonly number[] {
  const numbers = Array.from(values ?? []);
  if (numbers.length > limit)
    throw new ShapeCoefficientsError(
      `The body '${body.name}' has ${limit} ${what}, but ${numbers.length} were given. ` +
        'Leave the last ones out, or read the model with more of them.',
    );
  const bad = numbers.findIndex((number) => !Number.isFinite(number));
  if (bad >= 0)
    throw new ShapeCoefficientsError(
      `Number ${bad} of the ${what} is ${String(numbers[bad])}: it must be finite.`,
    );
  return numbers;
}

function addRow(target: Float64Array, rows: Float32Array, row: number, factor: number): void {
  if (factor === 0) return;
  const start = row * target.length;
  for (let i = 0; i < target.length; i++)
    target[i] = (target[i] as number) + factor * (rows[start + i] as number);
}
