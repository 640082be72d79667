import type { BodyModel, HandPoseSpace, ShapeSpace, SkinningWeights } from '../body/body-model.js';
import { regressPoints, sparseRowsFromDense, type SparseRows } from '../body/sparse-rows.js';
import { sparseSkinningWeights } from '../body/sparse-skinning-weights.js';
import { HAND_JOINT_COUNT, SMPLH_JOINT_NAMES, SMPLX_JOINT_NAMES } from '../skeleton/hand-joints.js';
import { JOINT_NAMES } from '../skeleton/joints.js';
import type { Skeleton } from '../skeleton/skeleton.js';
import { directionRows } from './direction-rows.js';
import { DataFileError } from './data-file-error.js';
import { showShape, sizeOfShape, type NumericArray } from './numeric-array.js';
import { numbersOf, sparseRowsOf } from './pickled-numbers.js';
import type { PickleValue } from './pickle-value.js';

/** The named values of a model file. */
export interface ModelFields {
  readonly file: string;
  readonly names: readonly string[];
  /** Undefined if there is none of this name. */
  readonly read: (name: string) => PickleValue | undefined;
}

export interface BodyModelOptions {
  /** The model's name; by default the file's, without folder and ending. */
  readonly name?: string;
  /** Keeps only so many shape coefficients, if the file has more: 10 of 300 spare most of the memory. */
  readonly shapeCount?: number;
  /**
   * How many of the file's coefficients are of expression. By default those of SMPL-X's two known layouts: 300 of shape
   * followed by 100 of expression, or 10 and 10; none in other files.
   */
  readonly expressionCount?: number;
}

const SMPLX_SHAPE_COUNT = 300;
const SMPLX_EXPRESSION_COUNT = 100;
const MOST_JOINTS = 255;
const WEIGHT_SUM_TOLERANCE = 1e-3;

/** @throws DataFileError naming the field that is missing or does not fit */
export function bodyModelFromFields(fields: ModelFields, options: BodyModelOptions): BodyModel {
  const template = numbers(fields, 'v_template');
  const vertexCount = template.shape[0] ?? 0;
  expectShape(fields, 'v_template', template, [vertexCount, 3]);
  const parents = readParents(fields);
  const jointCount = parents.length;
  const faces = readFaces(fields, vertexCount);
  const jointRegressor = readRegressor(fields, jointCount, vertexCount);
  const restJointsMetres = new Float64Array(3 * jointCount);
  regressPoints(jointRegressor, template.data, 0, restJointsMetres, 0);
  const names = jointNames(jointCount);
  const skeleton: Skeleton = { names, parents, restJointsMetres };
  const poseRows = 9 * (jointCount - 1);
  const posedirs = numbers(fields, 'posedirs');
  const hands = readHands(fields);
  return {
    name: options.name ?? fields.file.replace(/^.*[/\\]/, '').replace(/\.(npz|pkl)$/i, ''),
    skeleton,
    templateMetres: new Float32Array(template.data),
    faces,
    skinning: readWeights(fields, vertexCount, jointCount),
    shapeSpace: readShapeSpace(fields, vertexCount, jointRegressor, options),
    poseDirections: directionRows(posedirs, vertexCount, poseRows, 0, poseRows, {
      file: fields.file,
      field: 'posedirs',
    }),
    ...(hands === undefined ? {} : { hands }),
  };
}

function present(fields: ModelFields, name: string): PickleValue {
  const value = fields.read(name);
  if (value !== undefined) return value;
  const found = fields.names.slice(0, 20).join(', ').slice(0, 400);
  throw new DataFileError(fields.file, name, 'a field of this name', `only ${found || 'none'}`);
}

/** An array whose numbers are all finite. */
function numbers(fields: ModelFields, name: string): NumericArray {
  const array = numbersOf(present(fields, name), { file: fields.file, field: name });
  // A loop: findIndex takes seconds for the ten million numbers of the largest models.
  for (let place = 0; place < array.data.length; place++)
    if (!Number.isFinite(array.data[place]))
      throw new DataFileError(
        fields.file,
        name,
        'finite numbers',
        `${String(array.data[place])} at place ${place}`,
      );
  return array;
}

function expectShape(
  { file }: ModelFields,
  name: string,
  array: NumericArray,
  shape: readonly number[],
): void {
  if (array.shape.length === shape.length && shape.every((length, axis) => length === array.shape[axis]))
    return;
  throw new DataFileError(file, name, `shape ${showShape(shape)}`, showShape(array.shape));
}

/** Row 0 of the kinematic table; its root has a parent that is no joint, commonly 4294967295. */
function readParents(fields: ModelFields): Int32Array {
  const table = numbers(fields, 'kintree_table');
  const jointCount = table.shape[1] ?? 0;
  const { file } = fields;
  expectShape(fields, 'kintree_table', table, [2, jointCount]);
  if (jointCount < 1 || jointCount > MOST_JOINTS)
    throw new DataFileError(file, 'kintree_table', `1 to ${MOST_JOINTS} joints`, String(jointCount));
  return Int32Array.from({ length: jointCount }, (_, joint) => {
    const parent = table.data[joint] as number;
    const id = table.data[jointCount + joint] as number;
    if (id !== joint)
      throw new DataFileError(file, 'kintree_table', `joint ${joint} in column ${joint}`, `joint ${id}`);
    if (joint === 0) return -1;
    if (Number.isInteger(parent) && parent >= 0 && parent < joint) return parent;
    throw new DataFileError(
      file,
      'kintree_table',
      `a parent of joint ${joint} between 0 and ${joint - 1}`,
      String(parent),
    );
  });
}

function readFaces(fields: ModelFields, vertexCount: number): Uint32Array {
  const faces = numbers(fields, 'f');
  expectShape(fields, 'f', faces, [faces.shape[0] ?? 0, 3]);
  const bad = faces.data.find((vertex) => !Number.isInteger(vertex) || vertex < 0 || vertex >= vertexCount);
  if (bad === undefined) return new Uint32Array(faces.data);
  throw new DataFileError(fields.file, 'f', `vertices between 0 and ${vertexCount - 1}`, String(bad));
}

function readRegressor(fields: ModelFields, jointCount: number, vertexCount: number): SparseRows {
  const source = { file: fields.file, field: 'J_regressor' };
  const sparse = sparseRowsOf(present(fields, 'J_regressor'), jointCount, vertexCount, source);
  if (sparse !== undefined) {
    const bad = sparse.values.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return sparse;
    throw new DataFileError(fields.file, 'J_regressor', 'finite numbers', String(sparse.values[bad]));
  }
  const dense = numbers(fields, 'J_regressor');
  expectShape(fields, 'J_regressor', dense, [jointCount, vertexCount]);
  return sparseRowsFromDense(dense.data, jointCount, vertexCount);
}

function readWeights(fields: ModelFields, vertexCount: number, jointCount: number): SkinningWeights {
  const weights = numbers(fields, 'weights');
  expectShape(fields, 'weights', weights, [vertexCount, jointCount]);
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    let sum = 0;
    for (let joint = 0; joint < jointCount; joint++)
      sum += weights.data[vertex * jointCount + joint] as number;
    if (Math.abs(sum - 1) > WEIGHT_SUM_TOLERANCE)
      throw new DataFileError(
        fields.file,
        'weights',
        'weights that sum to 1 for each vertex',
        `${sum} for vertex ${vertex}`,
      );
  }
  return sparseSkinningWeights(weights.data, vertexCount, jointCount);
}

function readShapeSpace(
  fields: ModelFields,
  vertexCount: number,
  jointRegressor: SparseRows,
  options: BodyModelOptions,
): ShapeSpace {
  const { file } = fields;
  const array = numbers(fields, 'shapedirs');
  const total = array.data.length / (3 * vertexCount);
  if (!Number.isInteger(total) || sizeOfShape(array.shape) === 0)
    throw new DataFileError(file, 'shapedirs', `shape [${vertexCount}, 3, B]`, showShape(array.shape));
  const expressionInFile = options.expressionCount ?? expressionCountOf(jointRegressor.rowCount, total);
  if (expressionInFile > total)
    throw new DataFileError(
      file,
      'shapedirs',
      `${expressionInFile} coefficients of expression`,
      `${total} in all`,
    );
  const shapeInFile = total - expressionInFile;
  const coefficientCount = Math.min(shapeInFile, options.shapeCount ?? shapeInFile);
  const source = { file, field: 'shapedirs' };
  const shape = directionRows(array, vertexCount, total, 0, coefficientCount, source);
  const expression = directionRows(array, vertexCount, total, shapeInFile, total, source);
  const shapeDirections = new Float32Array(shape.length + expression.length);
  shapeDirections.set(shape);
  shapeDirections.set(expression, shape.length);
  return { coefficientCount, expressionCount: expressionInFile, shapeDirections, jointRegressor };
}

function expressionCountOf(jointCount: number, total: number): number {
  if (jointCount !== SMPLX_JOINT_NAMES.length) return 0;
  if (total === SMPLX_SHAPE_COUNT + SMPLX_EXPRESSION_COUNT) return SMPLX_EXPRESSION_COUNT;
  return total === 20 ? 10 : 0;
}

function readHands(fields: ModelFields): BodyModel['hands'] {
  const [left, right] = ['l', 'r'].map((side): HandPoseSpace | undefined => {
    if (
      fields.read(`hands_mean${side}`) === undefined ||
      fields.read(`hands_components${side}`) === undefined
    )
      return undefined;
    const mean = numbers(fields, `hands_mean${side}`);
    const components = numbers(fields, `hands_components${side}`);
    const size = 3 * HAND_JOINT_COUNT;
    expectShape(fields, `hands_mean${side}`, mean, [size]);
    const componentCount = components.shape[0] ?? 0;
    expectShape(fields, `hands_components${side}`, components, [componentCount, size]);
    return {
      meanAxisAngles: new Float64Array(mean.data),
      components: new Float64Array(components.data),
      componentCount,
    };
  });
  return left === undefined || right === undefined ? undefined : { left, right };
}

function jointNames(jointCount: number): readonly string[] {
  const known = [JOINT_NAMES, SMPLH_JOINT_NAMES, SMPLX_JOINT_NAMES].find(
    (names) => names.length === jointCount,
  );
  return known ?? Array.from({ length: jointCount }, (_, joint) => `joint_${joint}`);
}
