import { assertValidSkeleton } from '../skeleton/skeleton.js';
import { vertexCount, type BodyModel } from './body-model.js';

/** Thrown when the parts of a body do not fit each other. */
export class InvalidBodyError extends Error {
  override readonly name = 'InvalidBodyError';
}

/**
 * Checks that a body's arrays have the sizes that its vertices and joints demand, and that its weights name its joints.
 *
 * @throws InvalidBodyError naming the part that does not fit; InvalidSkeletonError
 */
export function assertValidBody(body: BodyModel): void {
  assertValidSkeleton(body.skeleton);
  const vertices = vertexCount(body);
  const jointCount = body.skeleton.parents.length;
  const { influenceCount, joints, weights } = body.skinning;
  const expectLength = (part: string, actual: number, expected: number): void => {
    if (actual !== expected)
      throw new InvalidBodyError(
        `The body '${body.name}' of ${vertices} vertices and ${jointCount} joints has ${actual} numbers in ${part}, ` +
          `but needs ${expected}.`,
      );
  };
  expectLength('templateMetres', body.templateMetres.length, 3 * Math.floor(vertices));
  expectLength('skinning.joints', joints.length, influenceCount * vertices);
  expectLength('skinning.weights', weights.length, influenceCount * vertices);
  if (body.poseDirections !== undefined)
    expectLength('poseDirections', body.poseDirections.length, 27 * (jointCount - 1) * vertices);
  if (body.shapeSpace !== undefined) {
    const { coefficientCount, expressionCount, shapeDirections, jointRegressor } = body.shapeSpace;
    const rows = coefficientCount + expressionCount;
    expectLength('shapeSpace.shapeDirections', shapeDirections.length, rows * 3 * vertices);
    expectLength('shapeSpace.jointRegressor rows', jointRegressor.rowCount, jointCount);
    expectLength('shapeSpace.jointRegressor columns', jointRegressor.columnCount, vertices);
  }
  const slot = joints.findIndex((joint) => joint >= jointCount);
  if (slot >= 0)
    throw new InvalidBodyError(
      `Vertex ${Math.floor(slot / influenceCount)} of the body '${body.name}' follows joint ${String(joints[slot])}, ` +
        `but there are only ${jointCount} joints.`,
    );
}
