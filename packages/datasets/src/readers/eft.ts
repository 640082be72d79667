import { matrixToAxisAngle, nearestRotation } from '@pose-rft/smpl';
import { findFiles, streamFile } from '../files/dataset-files.js';
import { jsonElements } from '../json/json-elements.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import type { DatasetRecord, Keypoints2d } from '../record/dataset-record.js';
import { nestedNumbers, numberOf, objectFields, textField } from '../record/field-numbers.js';
import { imageReference, squareBox } from '../record/image-reference.js';
import { forEachElement } from './list-elements.js';

const JOINTS = 24;
const SCALE_PIXELS = 200;
/** How far a matrix of a file may be from a rotation. */
const LARGEST_DEPARTURE = 1e-2;

/** Where EFT's fits of a data set lie. */
export interface EftFits {
  readonly dataset: string;
  /** The names that the fits were released under; the first that is there is read. */
  readonly files: readonly string[];
  readonly imagePrefix: string;
}

/**
 * EFT's SMPL fits: an object whose list `data` has 24 rotation matrices, shape, crop and image name of each person.
 * Streamed. Format: `README_dataformat.md` of facebookresearch/eft.
 */
export async function* readEft(
  context: ReadingContext,
  { dataset, files, imagePrefix }: EftFits,
): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  let file: string | undefined;
  for (const name of files) file ??= (await findFiles(folder, `eft_fit/${name}`))[0];
  if (file === undefined) {
    context.problem('missing-file', `eft_fit/${files.join(' or ')}`, 'the fits are not there');
    return;
  }
  const elements = jsonElements(streamFile(folder, file), { file, key: 'data' });
  for await (const { where, index, value } of forEachElement(context, file, elements)) {
    const record = await context.attempt(where, () => recordOf(value, index, dataset, split, imagePrefix));
    if (record !== undefined) yield record;
  }
}

function recordOf(
  value: unknown,
  index: number,
  dataset: string,
  split: string,
  imagePrefix: string,
): DatasetRecord {
  const fields = objectFields(value, 'the fit');
  const model = textField(fields['smpltype'] ?? 'smpl', 'smpltype').toLowerCase();
  if (model !== 'smpl') throw new RecordFieldError('broken-record', `smpltype is '${model}', expected smpl`);
  const matrices = nestedNumbers(fields['parm_pose'], [JOINTS, 3, 3], 'parm_pose');
  const betas = nestedNumbers(fields['parm_shape'], [10], 'parm_shape');
  const [x = NaN, y = NaN] = nestedNumbers(fields['bbox_center'], [2], 'bbox_center');
  const side = SCALE_PIXELS * numberOf(fields['bbox_scale'], 'bbox_scale');
  const annotation = fields['annotId'];
  const keypoints = fields['gt_keypoint_2d'];
  const keypoints2d = keypoints === undefined ? undefined : keypointsOf(keypoints);
  return {
    dataset,
    id: `eft/${index}`,
    split,
    identity: typeof annotation === 'number' ? { subject: String(annotation) } : {},
    image: imageReference(imagePrefix, textField(fields['imageName'], 'imageName').replace(/^.*\//, ''), {
      crop: squareBox(x, y, side, 'the crop'),
    }),
    ...(keypoints2d && { keypoints2d }),
    body: { model: 'smpl', frame: 'camera', axisAngles: axisAnglesOf(matrices), betas },
  };
}

function keypointsOf(value: unknown): Keypoints2d {
  const rows = nestedNumbers(value, [49, 3], 'gt_keypoint_2d');
  return {
    jointSet: 'spin-49',
    pixels: Float32Array.from({ length: 98 }, (_, i) => rows[3 * (i >> 1) + (i % 2)] as number),
    confidence: Float32Array.from({ length: 49 }, (_, joint) =>
      Math.min(1, Math.max(0, rows[3 * joint + 2] as number)),
    ),
  };
}

function axisAnglesOf(matrices: Float32Array): Float32Array {
  const axisAngles = new Float32Array(3 * JOINTS);
  const matrix = new Float64Array(9);
  for (let joint = 0; joint < JOINTS; joint++) {
    nearestRotation(matrices, 9 * joint, matrix, 0);
    for (let i = 0; i < 9; i++)
      if (!(Math.abs((matrix[i] as number) - (matrices[9 * joint + i] as number)) < LARGEST_DEPARTURE))
        throw new RecordFieldError('broken-record', `parm_pose[${joint}] is no rotation`);
    matrixToAxisAngle(matrix, 0, axisAngles, 3 * joint);
  }
  return axisAngles;
}
