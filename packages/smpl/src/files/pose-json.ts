import type { RealArray } from '../real-array.js';
import { axisAngleToMatrix, matrixToAxisAngle } from '../rotation/axis-angle.js';
import { matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { JOINT_COUNT, JOINT_NAMES } from '../skeleton/joints.js';
import { assertFrames } from './pose-frames.js';

/** The schema's name and version, in every file. A reader refuses versions that it does not know. */
export const POSE_JSON_SCHEMA = 'pose-rft/smpl-pose';
export const POSE_JSON_VERSION = 1;

export interface PoseJsonOptions {
  readonly framesPerSecond?: number;
  /** Where the pelvis is in each frame, metres, [F*3]. */
  readonly rootPositionsMetres?: RealArray;
}

/** What a pose file holds. */
export interface PoseDocument {
  readonly frameCount: number;
  /** 6D rotations by columns, relative to the parent, [F*24*6]. */
  readonly pose6d: Float32Array;
  readonly framesPerSecond?: number;
  /** Metres, [F*3]. */
  readonly rootPositionsMetres?: Float32Array;
}

/** Thrown for a pose file that does not follow the schema: says which field, what was expected, what was found. */
export class PoseJsonError extends Error {
  override readonly name = 'PoseJsonError';
  constructor(
    readonly field: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`pose JSON: ${field} must be ${expected}, found ${found}`);
  }
}

/** The part of the file that says how to read the numbers; the same in every file of version 1. */
const CONVENTION = {
  schema: POSE_JSON_SCHEMA,
  version: POSE_JSON_VERSION,
  model: 'SMPL',
  rotation: 'axis-angle relative to the parent joint; the first is the global orientation',
  units: { angle: 'radian', length: 'metre' },
  axes: { up: '+y', front: '+z', left: '+x', handedness: 'right' },
  jointNames: JOINT_NAMES,
} as const;

/**
 * Poses as JSON, readable without this library: SMPL's axis-angle vectors (24 of 3 radians a pose, in `jointNames`'
 * order), with the units and axes spelt out.
 *
 * @param pose6d - one pose [144] or several [F*144], 6D rotations by columns
 * @throws PoseFramesError
 * @example
 * ```ts
 * import { parsePoseJson, poseToJson } from '@pose-rft/smpl';
 *
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const { frameCount, pose6d } = parsePoseJson(poseToJson(tPose));
 * console.assert(frameCount === 1 && pose6d[0] === 1);
 * ```
 */
export function poseToJson(pose6d: RealArray, options: PoseJsonOptions = {}): string {
  const { framesPerSecond, rootPositionsMetres } = options;
  const frameCount = assertFrames(pose6d, JOINT_COUNT, framesPerSecond ?? 1, rootPositionsMetres);
  const matrix = new Float64Array(9);
  const axisAngle = new Float64Array(JOINT_COUNT * 3);
  const frames = Array.from({ length: frameCount }, (_, frame) => {
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      rotation6dToMatrix(pose6d, (frame * JOINT_COUNT + joint) * 6, matrix, 0);
      matrixToAxisAngle(matrix, 0, axisAngle, joint * 3);
    }
    const rotations = Array.from({ length: JOINT_COUNT }, (__, joint) =>
      rounded(axisAngle.subarray(joint * 3, joint * 3 + 3)),
    );
    return rootPositionsMetres === undefined
      ? { rotations }
      : { rootPosition: rounded(rootPositionsMetres.subarray(frame * 3, frame * 3 + 3)), rotations };
  });
  const head = JSON.stringify(
    { ...CONVENTION, ...(framesPerSecond === undefined ? {} : { framesPerSecond }) },
    null,
    2,
  );
  const body = frames.map((frame) => `    ${JSON.stringify(frame)}`).join(',\n');
  return `${head.slice(0, -2)},\n  "frames": [\n${body}\n  ]\n}\n`;
}

/**
 * Reads what {@link poseToJson} writes.
 *
 * @throws PoseJsonError for anything else: broken JSON, another schema or version, missing joints, numbers that are
 * not finite
 */
export function parsePoseJson(text: string): PoseDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new PoseJsonError('the file', 'JSON', error instanceof Error ? error.message : 'something else');
  }
  const root = asObject(document, 'the file');
  expectEqual(root['schema'], 'schema', POSE_JSON_SCHEMA);
  expectEqual(root['version'], 'version', POSE_JSON_VERSION);
  const jointNames = asArray(root['jointNames'], 'jointNames', JOINT_COUNT);
  JOINT_NAMES.forEach((name, joint) => {
    expectEqual(jointNames[joint], `jointNames[${joint}]`, name);
  });
  const units = asObject(root['units'], 'units');
  expectEqual(units['angle'], 'units.angle', 'radian');
  expectEqual(units['length'], 'units.length', 'metre');
  const frames = asArray(root['frames'], 'frames');
  if (frames.length === 0) throw new PoseJsonError('frames', 'at least one frame', 'none');
  const pose6d = new Float32Array(frames.length * JOINT_COUNT * 6);
  const positions: number[] = [];
  const matrix = new Float64Array(9);
  frames.forEach((value, frame) => {
    const path = `frames[${frame}]`;
    const entry = asObject(value, path);
    const rotations = asArray(entry['rotations'], `${path}.rotations`, JOINT_COUNT);
    rotations.forEach((rotation, joint) => {
      const axisAngle = Float64Array.from(asVector(rotation, `${path}.rotations[${joint}]`));
      axisAngleToMatrix(axisAngle, 0, matrix, 0);
      matrixToRotation6d(matrix, 0, pose6d, (frame * JOINT_COUNT + joint) * 6);
    });
    if (entry['rootPosition'] !== undefined)
      positions.push(...asVector(entry['rootPosition'], `${path}.rootPosition`));
  });
  if (positions.length > 0 && positions.length !== frames.length * 3)
    throw new PoseJsonError(
      'rootPosition',
      'in every frame or in none',
      `it in ${positions.length / 3} of ${frames.length}`,
    );
  const framesPerSecond = root['framesPerSecond'];
  if (framesPerSecond !== undefined && !(typeof framesPerSecond === 'number' && framesPerSecond > 0))
    throw new PoseJsonError('framesPerSecond', 'a positive number', describe(framesPerSecond));
  return {
    frameCount: frames.length,
    pose6d,
    ...(framesPerSecond === undefined ? {} : { framesPerSecond }),
    ...(positions.length === 0 ? {} : { rootPositionsMetres: Float32Array.from(positions) }),
  };
}

/** Seven decimals: a tenth of a micrometre, and finer than float32 angles. */
function rounded(numbers: RealArray): number[] {
  return Array.from(numbers, (value) => Math.round(value * 1e7) / 1e7 + 0);
}

function asObject(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PoseJsonError(field, 'an object', describe(value));
  return value as Record<string, unknown>;
}

function asArray(value: unknown, field: string, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new PoseJsonError(field, 'a list', describe(value));
  if (length !== undefined && value.length !== length)
    throw new PoseJsonError(field, `a list of ${length}`, `${value.length} entries`);
  return value;
}

function asVector(value: unknown, field: string): number[] {
  return asArray(value, field, 3).map((entry, axis) => {
    // JSON has no NaN and no Infinity, but 1e999 reads as one.
    if (typeof entry !== 'number' || !(Math.abs(entry) < 1e6))
      throw new PoseJsonError(`${field}[${axis}]`, 'a number below a million', describe(entry));
    return entry;
  });
}

function expectEqual(value: unknown, field: string, expected: string | number): void {
  if (value !== expected) throw new PoseJsonError(field, JSON.stringify(expected), describe(value));
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
