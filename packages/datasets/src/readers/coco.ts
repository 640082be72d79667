import { findFiles, streamFile } from '../files/dataset-files.js';
import { jsonElements } from '../json/json-elements.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { DatasetRecord, ImageReference } from '../record/dataset-record.js';
import { nestedNumbers, numberOf, objectFields, textField } from '../record/field-numbers.js';
import { imageReference } from '../record/image-reference.js';
import { readEft } from './eft.js';
import { readPersonCrops } from './person-crops.js';

const JOINTS = 17;
const EFT_FILES = [
  'COCO2014-All-ver10.json',
  'COCO2014-All-ver01.json',
  'COCO2014-Part-ver10.json',
  'COCO2014-Part-ver01.json',
];

/**
 * COCO's person keypoints (`annotations/person_keypoints_{train2017,val2017}.json`), streamed; and bodies fitted to the
 * training pictures of 2014: SPIN's crops (`smpl-spin`: `coco_2014_train.npz`) and EFT's (`smpl-eft`). Formats: the
 * "Data format" page of cocodataset.org, SPIN `datasets/preprocess/coco.py`, EFT `README_dataformat.md` and `scripts/download_eft.sh`.
 */
export async function* readCoco(context: ReadingContext): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  if (split === 'smpl-spin') {
    yield* readPersonCrops(context, { dataset: 'coco', file: 'coco_2014_train.npz', imagePrefix: '' });
    return;
  }
  if (split === 'smpl-eft') {
    yield* readEft(context, { dataset: 'coco', files: EFT_FILES, imagePrefix: 'train2014/' });
    return;
  }
  const file = `annotations/person_keypoints_${split}.json`;
  if ((await findFiles(folder, file)).length === 0) {
    context.problem('missing-file', file, 'the annotations are not there');
    return;
  }
  yield* readKeypoints(context, file);
}

async function* readKeypoints(
  context: ReadingContext,
  file: string,
): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  // Twice through the file: nothing says that the images come before what is said about them.
  const images = new Map<number, ImageReference>();
  const broken = new Set<number>();
  const areImagesRead = await context.attempt(file, async () => {
    for await (const element of jsonElements(streamFile(folder, file), { file, key: 'images' })) {
      const where = `${file}: images[${element.index}]`;
      if ('problem' in element) {
        context.problem('broken-record', where, element.problem);
        continue;
      }
      await context.attempt(where, () => {
        const fields = objectFields(element.value, 'the image');
        const id = numberOf(fields['id'], 'id');
        broken.add(id);
        images.set(
          id,
          imageReference(`${split}/`, textField(fields['file_name'], 'file_name'), {
            widthPixels: numberOf(fields['width'], 'width'),
            heightPixels: numberOf(fields['height'], 'height'),
          }),
        );
        broken.delete(id);
      });
    }
    return true;
  });
  if (areImagesRead === undefined) return;
  const peopleOfImage = new Map<number, number>();
  if (context.people === 'alone')
    for await (const element of annotationsOf(context, file)) {
      const image = 'value' in element ? imageIdOf(element.value) : undefined;
      if (image !== undefined) peopleOfImage.set(image, (peopleOfImage.get(image) ?? 0) + 1);
    }
  for await (const element of annotationsOf(context, file)) {
    const where = `${file}: annotations[${element.index}]`;
    if ('problem' in element) {
      context.problem('broken-record', where, element.problem);
      continue;
    }
    const record = await context.attempt(where, () => {
      const image = imageIdOf(element.value);
      if (image !== undefined && (peopleOfImage.get(image) ?? 1) > 1) return 'several-people' as const;
      // The image's own problem is counted already; its people go with it.
      if (image !== undefined && broken.has(image))
        throw new RecordFieldError('broken-record', `its image ${image} is one of the broken ones`);
      return annotationRecord(element.value, images, split);
    });
    if (typeof record === 'string') context.exclude(record);
    else if (record !== undefined) yield record;
  }
}

async function* annotationsOf(context: ReadingContext, file: string): ReturnType<typeof jsonElements> {
  const elements = jsonElements(streamFile(context.folder, file), { file, key: 'annotations' });
  for (;;) {
    const next = await context.attempt(file, () => elements.next());
    if (next === undefined || next.done === true) return;
    yield next.value;
  }
}

function imageIdOf(annotation: unknown): number | undefined {
  const isObject = typeof annotation === 'object' && annotation !== null;
  const id = isObject && 'image_id' in annotation ? annotation.image_id : undefined;
  return typeof id === 'number' ? id : undefined;
}

function annotationRecord(
  value: unknown,
  images: ReadonlyMap<number, ImageReference>,
  split: string,
): DatasetRecord | 'crowd' | 'no-person' {
  const fields = objectFields(value, 'the annotation');
  const id = numberOf(fields['id'], 'id');
  const imageId = numberOf(fields['image_id'], 'image_id');
  if (fields['iscrowd'] === 1) return 'crowd';
  const rows = nestedNumbers(fields['keypoints'], [3 * JOINTS], 'keypoints');
  const image = images.get(imageId);
  if (image === undefined)
    throw new RecordFieldError('disagreeing-counts', `image_id ${imageId} is none of the images`);
  const [left = 0, top = 0, width = 0, height = 0] = nestedNumbers(fields['bbox'], [4], 'bbox');
  const pixels = new Float32Array(2 * JOINTS);
  const confidence = new Float32Array(JOINTS);
  const covered = new Uint8Array(JOINTS);
  for (let joint = 0; joint < JOINTS; joint++) {
    const visibility = rows[3 * joint + 2] as number;
    if (visibility !== 0 && visibility !== 1 && visibility !== 2)
      throw new RecordFieldError('broken-record', `keypoint ${joint} has visibility ${visibility}`);
    pixels[2 * joint] = rows[3 * joint] as number;
    pixels[2 * joint + 1] = rows[3 * joint + 1] as number;
    confidence[joint] = visibility > 0 ? 1 : 0;
    covered[joint] = visibility === 1 ? 1 : 0;
  }
  const annotated = confidence.filter((one) => one > 0).length;
  const claimed = fields['num_keypoints'];
  if (claimed !== undefined && claimed !== annotated)
    throw new RecordFieldError(
      'disagreeing-counts',
      `num_keypoints is ${String(claimed)}, but ${annotated} are annotated`,
    );
  if (annotated === 0) return 'no-person';
  return {
    dataset: 'coco',
    id: String(id),
    split,
    identity: {},
    image: { ...image, crop: { left, top, width, height } },
    keypoints2d: { jointSet: 'coco-17', pixels, confidence, covered },
  };
}
