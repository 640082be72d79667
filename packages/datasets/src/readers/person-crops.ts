import { readNpz, type Gender, type NpzFile, type NumericArray } from '@pose-rft/smpl';
import { readFileBytes } from '../files/dataset-files.js';
import { pickledText } from '../files/pickle-fields.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import type { DatasetRecord, Keypoints2d, Keypoints3d, RecordIdentity } from '../record/dataset-record.js';
import { floatsOf } from '../record/field-numbers.js';
import { imageReference, squareBox } from '../record/image-reference.js';
import type { JointSetName } from '../record/joint-sets.js';

/** Where a file of person crops lies, and what its data set calls things. */
export interface PersonCrops {
  readonly dataset: string;
  readonly file: string;
  /** Set before each image name: the images' folder within the data set's. */
  readonly imagePrefix: string;
  /** What an image's name tells. */
  readonly identityOf?: (imageName: string) => RecordIdentity;
}

interface Column {
  readonly array: NumericArray;
  /** Numbers a row. */
  readonly width: number;
}

const SPIN_PIXELS = 200;
const GENDERS: Readonly<Record<string, Gender>> = {
  m: 'male',
  f: 'female',
  male: 'male',
  female: 'female',
  neutral: 'neutral',
};

/**
 * The `.npz` of person crops that SPIN began (`imgname`, `center`, `scale` in units of 200 pixels, `part`, `openpose`,
 * `S`, `pose`, `shape`, `has_smpl`, `gender`) and HMR2 goes on with (`scale` in pixels, `body_keypoints_2d` and
 * `extra_keypoints_2d`, the same in 3D, `body_pose`, `betas` and what of them is there). One record a row; the pose is in
 * the camera's frame. Formats: SPIN `datasets/base_dataset.py` and `datasets/preprocess`; 4D-Humans
 * `hmr2/datasets/image_dataset.py`.
 */
export async function* readPersonCrops(
  context: ReadingContext,
  crops: PersonCrops,
): AsyncGenerator<DatasetRecord, void, undefined> {
  const table = await context.attempt(crops.file, async () =>
    tableOf(readNpz(await readFileBytes(context.folder, crops.file), crops.file)),
  );
  if (table === undefined) return;
  const peopleOfImage = context.people === 'alone' ? countOf(table.imageNames) : new Map<string, number>();
  for (let row = 0; row < table.imageNames.length; row += context.frameStride) {
    const name = table.imageNames[row] as string;
    if (!context.takesSequence(crops.identityOf?.(name).sequence ?? name)) continue;
    if ((peopleOfImage.get(name) ?? 1) > 1) {
      context.exclude('several-people');
      continue;
    }
    const record = await context.attempt(`${crops.file}: row ${row}`, () =>
      recordOf(context, crops, table, row),
    );
    if (record !== undefined) yield record;
  }
}

interface Table {
  readonly imageNames: readonly string[];
  readonly isHmr2: boolean;
  column(name: string): Column | undefined;
  readonly genders: readonly string[] | undefined;
}

function tableOf(npz: NpzFile): Table {
  const imageNames = textsOf(npz, 'imgname');
  const rows = imageNames.length;
  const columns = new Map<string, Column>();
  for (const name of ['center', 'scale', ...OPTIONAL_COLUMNS]) {
    if (!npz.has(name)) continue;
    const array = npz.readNumbers(name);
    if (array.shape[0] !== rows)
      throw new RecordFieldError(
        'disagreeing-counts',
        `${name} has ${array.shape[0] ?? 0} rows, imgname has ${rows}`,
      );
    columns.set(name, { array, width: rows === 0 ? 0 : array.data.length / rows });
  }
  for (const name of ['center', 'scale'])
    if (!columns.has(name)) throw new RecordFieldError('broken-file', `there is no array ${name}`);
  for (const [name, width] of Object.entries(WIDTHS)) {
    const column = columns.get(name);
    if (column !== undefined && rows > 0 && column.width !== width)
      throw new RecordFieldError(
        'disagreeing-counts',
        `${name} has ${column.width} numbers a row, expected ${width}`,
      );
  }
  const genders = npz.has('gender') ? textsOf(npz, 'gender') : undefined;
  if (genders !== undefined && genders.length !== rows)
    throw new RecordFieldError(
      'disagreeing-counts',
      `gender has ${genders.length} rows, imgname has ${rows}`,
    );
  const isHmr2 = ['extra_keypoints_2d', 'extra_keypoints_3d', 'body_keypoints_2d', 'body_pose'].some((name) =>
    npz.has(name),
  );
  return { imageNames, isHmr2, column: (name) => columns.get(name), genders };
}

const WIDTHS: Readonly<Record<string, number>> = {
  center: 2,
  part: 72,
  openpose: 75,
  S: 96,
  pose: 72,
  shape: 10,
  has_smpl: 1,
  body_keypoints_2d: 75,
  extra_keypoints_2d: 57,
  body_keypoints_3d: 100,
  extra_keypoints_3d: 76,
  body_pose: 72,
  betas: 10,
  has_body_pose: 1,
  has_betas: 1,
};
const OPTIONAL_COLUMNS = Object.keys(WIDTHS).filter((name) => name !== 'center');

function textsOf(npz: NpzFile, name: string): readonly string[] {
  const array = npz.read(name);
  if (array.kind === 'text') return array.items;
  if (array.kind === 'objects') return array.items.map((item, row) => pickledText(item, `${name}[${row}]`));
  throw new RecordFieldError('broken-file', `${name} is an array of numbers, not of texts`);
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function recordOf(
  { split }: ReadingContext,
  { dataset, file, imagePrefix, identityOf }: PersonCrops,
  table: Table,
  row: number,
): DatasetRecord {
  const name = table.imageNames[row] as string;
  const numbers = (column: string): Float32Array | undefined => {
    const found = table.column(column);
    return found && floatsOf(found.array.data, row * found.width, found.width, column);
  };
  const [x = NaN, y = NaN] = numbers('center') ?? [];
  const side = Math.max(...(numbers('scale') ?? [])) * (table.isHmr2 ? 1 : SPIN_PIXELS);
  const { isHmr2 } = table;
  const keypoints2d = isHmr2
    ? keypoints2dOf('hmr2-44', [25, numbers('body_keypoints_2d')], [19, numbers('extra_keypoints_2d')])
    : table.column('openpose') === undefined
      ? keypoints2dOf('spin-24', [24, numbers('part')])
      : keypoints2dOf('spin-49', [25, numbers('openpose')], [24, numbers('part')]);
  const keypoints3d = isHmr2
    ? keypoints3dOf('hmr2-44', [25, numbers('body_keypoints_3d')], [19, numbers('extra_keypoints_3d')])
    : keypoints3dOf('spin-24', [24, numbers('S')]);
  const isThere = (column: string): boolean => {
    const flag = numbers(column);
    return flag === undefined || (flag[0] as number) > 0;
  };
  const axisAngles = isThere(isHmr2 ? 'has_body_pose' : 'has_smpl')
    ? numbers(isHmr2 ? 'body_pose' : 'pose')
    : undefined;
  const betas = isHmr2 && !isThere('has_betas') ? undefined : numbers(isHmr2 ? 'betas' : 'shape');
  const gender = GENDERS[table.genders?.[row] ?? ''];
  return {
    dataset,
    id: `${file}:${row}`,
    split,
    identity: identityOf?.(name) ?? {},
    image: imageReference(imagePrefix, name, { crop: squareBox(x, y, side, 'the crop') }),
    ...(keypoints2d && { keypoints2d }),
    ...(keypoints3d && { keypoints3d }),
    ...(axisAngles && {
      body: {
        model: 'smpl',
        frame: 'camera',
        axisAngles,
        betas: betas ?? new Float32Array(10),
        ...(gender && { gender }),
      },
    }),
  };
}

type Part = readonly [jointCount: number, rows: Float32Array | undefined];

/** Rows of x, y, confidence; a part that the file lacks has no confidence. Undefined if it lacks all. */
function keypoints2dOf(jointSet: JointSetName, ...parts: readonly Part[]): Keypoints2d | undefined {
  const split = splitConfidence(2, parts);
  return split && { jointSet, pixels: split.values, confidence: split.confidence };
}

function keypoints3dOf(jointSet: JointSetName, ...parts: readonly Part[]): Keypoints3d | undefined {
  const split = splitConfidence(3, parts);
  return split && { jointSet, frame: 'camera-root', metres: split.values, confidence: split.confidence };
}

function splitConfidence(
  size: 2 | 3,
  parts: readonly Part[],
): { readonly values: Float32Array; readonly confidence: Float32Array } | undefined {
  if (parts.every(([, rows]) => rows === undefined)) return undefined;
  const count = parts.reduce((sum, [jointCount]) => sum + jointCount, 0);
  const values = new Float32Array(size * count);
  const confidence = new Float32Array(count);
  let joint = 0;
  for (const [jointCount, rows] of parts) {
    for (let i = 0; rows !== undefined && i < jointCount; i++) {
      for (let axis = 0; axis < size; axis++)
        values[(joint + i) * size + axis] = rows[i * (size + 1) + axis] as number;
      confidence[joint + i] = Math.min(1, Math.max(0, rows[i * (size + 1) + size] as number));
    }
    joint += jointCount;
  }
  return { values, confidence };
}
