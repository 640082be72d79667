import { findFiles, streamFile } from '../files/dataset-files.js';
import { jsonElements } from '../json/json-elements.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { DatasetRecord } from '../record/dataset-record.js';
import { nestedNumbers, numberOf, objectFields, textField } from '../record/field-numbers.js';
import { imageReference, squareBox } from '../record/image-reference.js';
import { readEft } from './eft.js';
import { forEachElement } from './list-elements.js';
import { readPersonCrops } from './person-crops.js';

const JOINTS = 16;
const EFT_FILES = ['MPII_ver10.json', 'MPII_ver01.json'];
/** HRNet's: a centre is moved down and the box enlarged, so that limbs are not cut off. */
const CENTRE_SHIFT = 15;
const ENLARGEMENT = 1.25;
const SCALE_PIXELS = 200;

/**
 * MPII's keypoints as HRNet's JSON (`annot/{train,valid}.json`; pixels there count from 1), and bodies fitted to them:
 * SPIN's crops (`smpl-spin`: `mpii_train.npz`) and EFT's (`smpl-eft`). Formats: deep-high-resolution-net.pytorch
 * `lib/dataset/mpii.py`, SPIN `datasets/preprocess/mpii.py`, EFT `README_dataformat.md`.
 */
export async function* readMpii(context: ReadingContext): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  if (split === 'smpl-spin') {
    yield* readPersonCrops(context, { dataset: 'mpii', file: 'mpii_train.npz', imagePrefix: '' });
    return;
  }
  if (split === 'smpl-eft') {
    yield* readEft(context, { dataset: 'mpii', files: EFT_FILES, imagePrefix: 'images/' });
    return;
  }
  const file = `annot/${split}.json`;
  if ((await findFiles(folder, file)).length === 0) {
    context.problem('missing-file', file, 'the annotations are not there');
    return;
  }
  const elements = jsonElements(streamFile(folder, file), { file });
  const peopleOfImage = new Map<string, number>();
  if (context.people === 'alone')
    for await (const { value } of forEachElement(
      context,
      file,
      jsonElements(streamFile(folder, file), { file }),
      'silently',
    )) {
      const image = (value as { readonly image?: unknown } | null)?.image;
      if (typeof image === 'string') peopleOfImage.set(image, (peopleOfImage.get(image) ?? 0) + 1);
    }
  for await (const { where, index, value } of forEachElement(context, file, elements)) {
    const record = await context.attempt(where, () => recordOf(value, index, split, peopleOfImage));
    if (typeof record === 'string') context.exclude(record);
    else if (record !== undefined) yield record;
  }
}

function recordOf(
  value: unknown,
  index: number,
  split: string,
  peopleOfImage: ReadonlyMap<string, number>,
): DatasetRecord | 'no-person' | 'several-people' {
  const fields = objectFields(value, 'the annotation');
  const name = textField(fields['image'], 'image');
  if ((peopleOfImage.get(name) ?? 1) > 1) return 'several-people';
  const [x = NaN, y = NaN] = nestedNumbers(fields['center'], [2], 'center');
  const scale = numberOf(fields['scale'], 'scale');
  if (x === -1 || !(scale > 0)) return 'no-person';
  const crop = squareBox(x - 1, y + CENTRE_SHIFT * scale - 1, ENLARGEMENT * SCALE_PIXELS * scale, 'the crop');
  const identity = { subject: `${name}/${index}` };
  const image = imageReference('images/', name, { crop });
  const pixels = nestedNumbers(fields['joints'], [JOINTS, 2], 'joints').map((pixel) => pixel - 1);
  const confidence = nestedNumbers(fields['joints_vis'], [JOINTS], 'joints_vis');
  const bad = confidence.findIndex((one) => one !== 0 && one !== 1);
  if (bad >= 0)
    throw new RecordFieldError('broken-record', `joints_vis[${bad}] is ${confidence[bad]}, not 0 or 1`);
  if (!confidence.includes(1)) return 'no-person';
  const keypoints2d = { jointSet: 'mpii-16', pixels, confidence } as const;
  return { dataset: 'mpii', id: `${split}/${index}`, split, identity, image, keypoints2d };
}
