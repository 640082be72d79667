import { eulerToMatrix } from '../rotation/euler.js';
import type { Vector3 } from '../vector3.js';
import { asfHierarchy } from './asf-hierarchy.js';
import { MotionFileError } from './motion-file-error.js';
import { motionFileLines, parseNumber, shown, type MotionFileLine } from './motion-file-lines.js';

/** A degree of freedom: a rotation about, or (root only) a translation along, one axis. */
export type AsfChannel = 'rx' | 'ry' | 'rz' | 'tx' | 'ty' | 'tz';

/** A bone of an Acclaim skeleton. Rotations are about its start, which is its parent's end. */
export interface AsfBone {
  readonly name: string;
  /** Index of the parent, which precedes it; -1 for the root. */
  readonly parent: number;
  /** Unit vector from start to end in the rest pose, world axes; zero for the root. */
  readonly direction: Vector3;
  /** 0 for the root. */
  readonly lengthMetres: number;
  /** The axes that its channels turn about, in the rest pose: a row-major rotation matrix. */
  readonly axes: Float64Array;
  /** Its channels in file order, applied first to last. */
  readonly channels: readonly AsfChannel[];
  /** Where its channels start among a frame's. */
  readonly firstChannel: number;
}

/** An Acclaim skeleton: bones in rest pose, the root first. */
export interface AsfSkeleton {
  readonly name: string;
  readonly bones: readonly AsfBone[];
  /** Channels of all bones: numbers of a frame. */
  readonly channelCount: number;
  /** Metres per unit of length in this file and its motions. */
  readonly metresPerUnit: number;
  /** Where the root is before its channels move it. */
  readonly rootPositionMetres: Vector3;
}

const INCH_METRES = 0.0254;
const ROTATION_CHANNELS: readonly AsfChannel[] = ['rx', 'ry', 'rz'];
const ALL_CHANNELS: readonly AsfChannel[] = ['tx', 'ty', 'tz', ...ROTATION_CHANNELS];

const AXIS_ORDERS = ['xyz', 'xzy', 'yxz', 'yzx', 'zxy', 'zyx'] as const;
type AxisOrder = (typeof AXIS_ORDERS)[number];

/** A bone as it stands in the file, before the tree is known. */
export interface AsfBoneEntry {
  readonly line: number;
  readonly name: string;
  readonly direction: Vector3;
  readonly length: number;
  readonly axes: Float64Array;
  readonly channels: readonly AsfChannel[];
}

interface Units {
  length: number;
  radiansPerAngle: number;
}

/**
 * Reads an Acclaim skeleton file (ASF, the format of the CMU Graphics Lab Motion Capture Database).
 *
 * Lengths are inches over the file's `length` unit: metres = value / length * 0.0254.
 *
 * @param text - the whole file
 * @param file - its name, for errors
 * @throws MotionFileError naming line, field, expected and found
 * @example
 * ```ts
 * import { readAsf } from '@pose-rft/smpl';
 *
 * const asf = readAsf(`
 * :units
 *   length 0.45
 *   angle deg
 * :root
 *   order TX TY TZ RX RY RZ
 *   axis XYZ
 *   position 0 0 0
 *   orientation 0 0 0
 * :bonedata
 *   begin
 *     id 1
 *     name shin
 *     direction 0 -1 0
 *     length 7.2
 *     axis 0 0 20 XYZ
 *     dof rx
 *   end
 * :hierarchy
 *   begin
 *     root shin
 *   end
 * `);
 * console.assert(asf.bones[1]?.name === 'shin' && asf.channelCount === 7);
 * ```
 */
export function readAsf(text: string, file = 'skeleton.asf'): AsfSkeleton {
  const sections = new Map<
    string,
    { readonly line: number; readonly rest: string[]; readonly lines: MotionFileLine[] }
  >();
  let current: MotionFileLine[] | undefined;
  let lastLine = 0;
  for (const line of motionFileLines(text)) {
    lastLine = line.number;
    const [word = '', ...rest] = line.words;
    if (!word.startsWith(':')) {
      current?.push(line);
      continue;
    }
    if (sections.has(word))
      throw new MotionFileError(file, line.number, word, 'one such section', 'a second');
    current = [];
    sections.set(word, { line: line.number, rest, lines: current });
  }
  const section = (name: string): readonly MotionFileLine[] => {
    const found = sections.get(name);
    if (found === undefined)
      throw new MotionFileError(file, lastLine + 1, name, 'this section', 'the end of the file');
    return found.lines;
  };
  const units = readUnits(sections.get(':units')?.lines ?? [], file);
  const root = readRoot(section(':root'), units, file, sections.get(':root')?.line ?? lastLine);
  const entries = readBones(section(':bonedata'), units, file, lastLine);
  const metresPerUnit = INCH_METRES / units.length;
  const ordered = asfHierarchy(section(':hierarchy'), entries, file, lastLine);
  const bones: AsfBone[] = [{ ...root.bone, parent: -1, firstChannel: 0 }];
  let channelCount = root.bone.channels.length;
  for (const { entry, parent } of ordered) {
    const { name, direction, axes, channels } = entry;
    const lengthMetres = entry.length * metresPerUnit;
    bones.push({ name, parent, direction, lengthMetres, axes, channels, firstChannel: channelCount });
    channelCount += channels.length;
  }
  const [x, y, z] = root.position;
  return {
    name: sections.get(':name')?.rest.join(' ') ?? '',
    bones,
    channelCount,
    metresPerUnit,
    rootPositionMetres: [x * metresPerUnit, y * metresPerUnit, z * metresPerUnit],
  };
}

function readUnits(lines: readonly MotionFileLine[], file: string): Units {
  const units: Units = { length: 1, radiansPerAngle: Math.PI / 180 };
  for (const { number, words } of lines) {
    const [key, value] = words;
    if (key === 'length') {
      units.length = parseNumber(value, file, number, 'length unit');
      if (!(units.length > 1e-6))
        throw new MotionFileError(file, number, 'length unit', 'a positive number', shown(value));
    }
    if (key === 'angle') units.radiansPerAngle = angleUnit(value, file, number);
  }
  return units;
}

function angleUnit(word: string | undefined, file: string, line: number): number {
  if (word?.toLowerCase() === 'deg') return Math.PI / 180;
  if (word?.toLowerCase() === 'rad') return 1;
  throw new MotionFileError(file, line, 'angle unit', "'deg' or 'rad'", shown(word));
}

interface Root {
  readonly bone: Omit<AsfBone, 'parent' | 'firstChannel'>;
  readonly position: Vector3;
}

function readRoot(lines: readonly MotionFileLine[], units: Units, file: string, sectionLine: number): Root {
  let channels: AsfChannel[] | undefined;
  let axisOrder: AxisOrder = 'xyz';
  let position: Vector3 = [0, 0, 0];
  let orientation: Vector3 = [0, 0, 0];
  for (const { number, words } of lines) {
    const [key, ...values] = words;
    if (key === 'order') channels = readChannels(values, ALL_CHANNELS, file, number, 'root order');
    if (key === 'axis') axisOrder = readAxisOrder(values[0], file, number, 'root axis');
    if (key === 'position') position = readVector(values, file, number, 'root position');
    if (key === 'orientation') orientation = readVector(values, file, number, 'root orientation');
  }
  if (channels === undefined)
    throw new MotionFileError(file, sectionLine, ':root', "an 'order' line", 'none');
  const axes = axesMatrix(scaled(orientation, units.radiansPerAngle), axisOrder);
  return { bone: { name: 'root', direction: [0, 0, 0], lengthMetres: 0, axes, channels }, position };
}

function readBones(
  lines: readonly MotionFileLine[],
  units: Units,
  file: string,
  lastLine: number,
): Map<string, AsfBoneEntry> {
  const bones = new Map<string, AsfBoneEntry>();
  let open: { readonly line: number; readonly fields: Map<string, MotionFileLine> } | undefined;
  for (const line of lines) {
    const [key = ''] = line.words;
    if (key === 'begin') {
      if (open !== undefined) throw new MotionFileError(file, line.number, 'bone', "'end'", "'begin'");
      open = { line: line.number, fields: new Map() };
    } else if (open === undefined) {
      throw new MotionFileError(file, line.number, ':bonedata', "'begin'", shown(key));
    } else if (key === 'end') {
      const bone = readBone(open.fields, open.line, units, file);
      if (bones.has(bone.name) || bone.name === 'root')
        throw new MotionFileError(file, open.line, 'name', 'a name of its own', shown(bone.name));
      bones.set(bone.name, bone);
      open = undefined;
    } else if (!key.startsWith('(')) {
      open.fields.set(key, line);
    }
  }
  if (open !== undefined)
    throw new MotionFileError(file, open.line, 'bone', "'end'", 'the end of the section');
  if (bones.size === 0) throw new MotionFileError(file, lastLine, ':bonedata', 'at least one bone', 'none');
  return bones;
}

function readBone(
  fields: ReadonlyMap<string, MotionFileLine>,
  line: number,
  units: Units,
  file: string,
): AsfBoneEntry {
  const field = (name: string): { number: number; values: readonly string[] } => {
    const found = fields.get(name);
    if (found === undefined) throw new MotionFileError(file, line, 'bone', `a '${name}' line`, 'none');
    return { number: found.number, values: found.words.slice(1) };
  };
  const name = field('name').values[0];
  if (name === undefined) throw new MotionFileError(file, field('name').number, 'name', 'a name', 'nothing');
  const towards = readVector(
    field('direction').values,
    file,
    field('direction').number,
    `direction of ${name}`,
  );
  const norm = Math.hypot(...towards);
  if (!(norm > 1e-6))
    throw new MotionFileError(file, field('direction').number, `direction of ${name}`, 'a direction', 'zero');
  const length = parseNumber(field('length').values[0], file, field('length').number, `length of ${name}`);
  if (length < 0)
    throw new MotionFileError(
      file,
      field('length').number,
      `length of ${name}`,
      'at least 0',
      String(length),
    );
  const axis = field('axis');
  const angles = readVector(axis.values, file, axis.number, `axis of ${name}`);
  const order = readAxisOrder(axis.values[3], file, axis.number, `axis of ${name}`);
  const dof = fields.get('dof');
  return {
    line,
    name,
    direction: scaled(towards, 1 / norm),
    length,
    axes: axesMatrix(scaled(angles, units.radiansPerAngle), order),
    channels:
      dof === undefined
        ? []
        : readChannels(dof.words.slice(1), ROTATION_CHANNELS, file, dof.number, `dof of ${name}`),
  };
}

function readChannels(
  words: readonly string[],
  allowed: readonly AsfChannel[],
  file: string,
  line: number,
  field: string,
): AsfChannel[] {
  const channels = words.map((word) => {
    const channel = allowed.find((candidate) => candidate === word.toLowerCase());
    if (channel === undefined)
      throw new MotionFileError(file, line, field, `of ${allowed.join(', ')}`, shown(word));
    return channel;
  });
  if (channels.length === 0 || new Set(channels).size < channels.length)
    throw new MotionFileError(
      file,
      line,
      field,
      `some of ${allowed.join(', ')}, each once`,
      shown(words.join(' ')),
    );
  return channels;
}

function readVector(words: readonly string[], file: string, line: number, field: string): Vector3 {
  return [
    parseNumber(words[0], file, line, field),
    parseNumber(words[1], file, line, field),
    parseNumber(words[2], file, line, field),
  ];
}

function readAxisOrder(word: string | undefined, file: string, line: number, field: string): AxisOrder {
  const order = AXIS_ORDERS.find((candidate) => candidate === word?.toLowerCase());
  if (order === undefined)
    throw new MotionFileError(file, line, field, "an order of the axes, such as 'XYZ'", shown(word));
  return order;
}

function scaled([x, y, z]: Vector3, factor: number): Vector3 {
  return [x * factor, y * factor, z * factor];
}

/** The turns about x, y and z (radians), made about fixed axes in an order. */
function axesMatrix(radians: Vector3, order: AxisOrder): Float64Array {
  const matrix = new Float64Array(9);
  const inOrder = Float64Array.from(order, (axis) => radians['xyz'.indexOf(axis)] ?? NaN);
  eulerToMatrix(inOrder, 0, matrix, 0, `extrinsic-${order}`);
  return matrix;
}
