import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MotionFileError } from '@pose-rft/smpl';
import { constraintOf, holds, measure, posecodeIndex } from '@pose-rft/text-pose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  MotionCaptureFolderError,
  readMotionCaptureFolder,
  type MotionCaptureOptions,
  type MotionCaptureTake,
} from './read-motion-capture-folder.js';

/** CMU's bones, simplified: [name, parent, direction, channels]; the right side mirrors the left. */
const MIDLINE = [
  'lowerback root',
  'upperback lowerback',
  'thorax upperback',
  'lowerneck thorax',
  'head lowerneck',
];
const SIDED: readonly (readonly [
  name: string,
  parent: string,
  outward: number,
  up: number,
  front: number,
])[] = [
  ['hipjoint', 'root', 0.6, -0.8, 0],
  ['femur', 'hipjoint', 0, -1, 0],
  ['tibia', 'femur', 0, -1, 0],
  ['foot', 'tibia', 0, 0, 1],
  ['toes', 'foot', 0, 0, 1],
  ['clavicle', 'thorax', 1, 0, 0],
  ['humerus', 'clavicle', 1, 0, 0],
  ['radius', 'humerus', 1, 0, 0],
  ['wrist', 'radius', 1, 0, 0],
  ['hand', 'wrist', 1, 0, 0],
];

const BONES = [
  ...MIDLINE.map((line) => ({
    name: line.split(' ')[0] ?? '',
    parent: line.split(' ')[1] ?? '',
    direction: '0 1 0',
  })),
  ...[1, -1].flatMap((side) => {
    const named = (name: string): string => (side > 0 ? 'l' : 'r') + name;
    return SIDED.map(([name, parent, outward, up, front]) => ({
      name: named(name),
      parent: parent === 'root' || parent === 'thorax' ? parent : named(parent),
      direction: `${side * outward} ${up} ${front}`,
    }));
  }),
];

const SKELETON = [
  ':units\n length 0.45\n angle deg',
  ':root\n order TX TY TZ RX RY RZ\n axis XYZ\n position 0 0 0\n orientation 0 0 0',
  ':bonedata',
  ...BONES.map(
    ({ name, direction }, index) =>
      ` begin\n id ${index + 1}\n name ${name}\n direction ${direction}\n length 7\n axis 0 0 0 XYZ\n dof rx ry rz\n end`,
  ),
  ':hierarchy\n begin',
  ...BONES.map(({ name, parent }) => `  ${parent} ${name}`),
  ' end',
].join('\n');

/** One frame in the rest pose (arms spread), then one for each set of turned bones, in degrees about x, y, z. */
function motion(...frames: readonly Readonly<Record<string, string>>[]): string {
  return [
    ':FULLY-SPECIFIED\n:DEGREES',
    ...[{}, ...frames].flatMap((turned: Readonly<Record<string, string>>, index) => [
      String(1 + 12 * index),
      `root 0 15 0 ${turned.root ?? '0 0 0'}`,
      ...BONES.map(({ name }) => `${name} ${turned[name] ?? '0 0 0'}`),
    ]),
  ].join('\n');
}

async function readAll(folder: string, options?: MotionCaptureOptions): Promise<MotionCaptureTake[]> {
  const takes: MotionCaptureTake[] = [];
  for await (const take of readMotionCaptureFolder(folder, options)) takes.push(take);
  return takes;
}

describe('readMotionCaptureFolder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'motion-capture-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('reads flat folders and one folder a subject, takes ordered by name', async () => {
    await mkdir(join(folder, 'subjects', '07'), { recursive: true });
    await writeFile(join(folder, 'subjects', '07', '07.asf'), SKELETON);
    await writeFile(join(folder, 'subjects', '07', '07_02.amc'), motion());
    await writeFile(join(folder, 'subjects', '07', '07_01.amc'), motion({}, {}));
    await writeFile(join(folder, '03.asf'), SKELETON);
    await writeFile(join(folder, '03_09.amc'), motion());
    const takes = await readAll(folder);
    expect(takes.map(({ name, subject, frameCount }) => [name, subject, frameCount])).toEqual([
      ['03_09', '03', 1],
      ['07_01', '07', 3],
      ['07_02', '07', 1],
    ]);
    expect([...(takes[1]?.frameNumbers ?? [])]).toEqual([1, 13, 25]);
    const some = await readAll(folder, { takes: (name) => name.endsWith('_02') });
    expect(some.map(({ name }) => name)).toEqual(['07_02']);
  });

  test('gives joints in the body frame, whichever way the person faces', async () => {
    await writeFile(join(folder, '03.asf'), SKELETON);
    const raised = { lhumerus: '0 0 80' };
    const turned = { ...raised, root: '0 90 0' };
    await writeFile(
      join(folder, '03_01.amc'),
      motion(raised, turned, { rfemur: '-90 0 0', rtibia: '90 0 0' }),
    );
    const [take] = await readAll(folder);
    const joints = take?.bodyJoints ?? new Float32Array(0);
    expect(joints.length).toBe(4 * 72);
    const handUp = constraintOf('relativeY:left_wrist/head', 'above');
    expect([0, 1, 2, 3].map((frame) => holds(handUp, joints, 72 * frame))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    for (let index = 0; index < 72; index++)
      expect(joints[144 + index]).toBeCloseTo(joints[72 + index] as number, 5);
    expect(holds(constraintOf('relativeX:left_wrist/left_shoulder', 'farLeft'), joints, 0)).toBe(true);
    expect(measure(posecodeIndex('angle:right_knee'), joints, 3 * 72)).toBeCloseTo(90, 0);
    expect(holds(constraintOf('relativeZ:right_knee/right_hip', 'inFront'), joints, 3 * 72)).toBe(true);
  });

  test('says what is missing', async () => {
    await expect(readAll(join(folder, 'nowhere'))).rejects.toThrow(MotionCaptureFolderError);
    await expect(readAll(join(folder, 'nowhere'))).rejects.toThrow(
      /nowhere cannot be read as a folder.*ENOENT/,
    );
    await expect(readAll(folder)).rejects.toThrow(/holds no \.amc files/);
    await writeFile(join(folder, '05_01.amc'), motion());
    await expect(readAll(join(folder, '05_01.amc'))).rejects.toThrow(/cannot be read as a folder/);
    await expect(readAll(folder)).rejects.toThrow(/05_01\.amc needs the skeleton 05\.asf.*found none/);
  });

  test('names file and line of what is broken', async () => {
    await writeFile(join(folder, '05.asf'), SKELETON);
    await writeFile(join(folder, '05_01.amc'), motion().replace('lfemur 0 0 0', 'lfemur 0 zero 0'));
    await expect(readAll(folder)).rejects.toThrow(MotionFileError);
    await expect(readAll(folder)).rejects.toThrow(/05_01\.amc:\d+: /);
    await writeFile(join(folder, '05_01.amc'), motion().slice(0, -20));
    await expect(readAll(folder)).rejects.toThrow(MotionFileError);
  });
});
