import { readPickle, type PickleKey, type PickleValue } from '@pose-rft/smpl';
import { findFiles, readFileBytes } from '../files/dataset-files.js';
import { pickledNumbers, pickledText, pickleFields, type PickleFields } from '../files/pickle-fields.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import type { DatasetRecord } from '../record/dataset-record.js';
import { floatsOf, nameOf } from '../record/field-numbers.js';
import { imageReference } from '../record/image-reference.js';
import { readConversations } from './conversations.js';

/** BEDLAM's pictures are many: each person is a dictionary of some twenty arrays. */
const MOST_OPERATIONS = 2_000_000_000;
const FOLDER_OF_SPLIT: Readonly<Record<string, string>> = { train: 'training', validation: 'validation' };

/**
 * BEDLAM-Script as PoseEmbroider's scripts make it from BEDLAM, in `processed/`: people by image
 * (`bedlam_{training,validation}_try.pkl`), the chosen ones of each image
 * (`imgpaths_bedlam_to_selected_human_index_*_try.pkl`) and three captions for each of those, in the order of the sorted
 * image paths (`bedlam_*_3caps_try.pkl`). Captions of a farther-sampled subset (`*_fs50000_*`) need its torch file and
 * are not read. Splits `json-train` and `json-validation` read the pairs as LLaVA's JSON (`bedlam_script_*.json`).
 * Format: naver/poseembroider `datasets/bedlam.py`, `datasets/bedlam_script.py` and `datasets/process_bedlam`.
 */
export async function* readBedlamScript(
  context: ReadingContext,
): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  if (split.startsWith('json-')) {
    const files = [`bedlam_script_${split.slice('json-'.length)}.json`];
    yield* readConversations(context, { dataset: 'bedlam-script', files, imagePrefix: 'images/' });
    return;
  }
  const name = FOLDER_OF_SPLIT[split] ?? split;
  const files = {
    people: `processed/bedlam_${name}_try.pkl`,
    chosen: `processed/imgpaths_bedlam_to_selected_human_index_${name}_try.pkl`,
    captions: `processed/bedlam_${name}_3caps_try.pkl`,
  };
  for (const file of Object.values(files))
    if ((await findFiles(folder, file)).length === 0) {
      context.problem('missing-file', file, 'it is made from BEDLAM by PoseEmbroider, and not there');
      return;
    }
  const read = async (file: string): Promise<PickleValue> =>
    readPickle(await readFileBytes(folder, file), file, 'pickle', { mostOperations: MOST_OPERATIONS });
  const people = await context.attempt(files.people, async () => mapOf(await read(files.people), 'people'));
  const chosen = await context.attempt(files.chosen, async () => mapOf(await read(files.chosen), 'choice'));
  const captions = await context.attempt(files.captions, async () =>
    captionLists(await read(files.captions)),
  );
  if (people === undefined || chosen === undefined || captions === undefined) return;

  const images = [...people.keys()].map(String).sort(byCodePoint);
  let pose = 0;
  for (const path of images) {
    const where = `${files.people}: ${path.slice(0, 200)}`;
    const indices = await context.attempt(where, () => chosenIndices(chosen.get(path), path));
    if (indices === undefined) {
      // Which captions belong to the images behind it cannot be told.
      context.problem('disagreeing-counts', files.captions, `captions behind ${path} have lost their people`);
      return;
    }
    for (const index of indices) {
      const texts = captions.get(pose++);
      if (context.people === 'alone' && indices.length > 1) {
        context.exclude('several-people');
        continue;
      }
      const record = await context.attempt(`${where}, person ${index}`, () =>
        recordOf(personOf(people.get(path), index, files.people), texts, path, index, split, name),
      );
      if (record !== undefined) yield record;
    }
  }
  if (captions.size !== pose)
    context.problem(
      'disagreeing-counts',
      files.captions,
      `${captions.size} captioned poses for ${pose} people`,
    );
}

function mapOf(value: PickleValue, what: string): ReadonlyMap<PickleKey, PickleValue> {
  if (value instanceof Map) return value as ReadonlyMap<PickleKey, PickleValue>;
  throw new RecordFieldError(
    'broken-file',
    `the ${what} of each image are ${nameOf(value)}, not a dictionary`,
  );
}

/** By number of the pose, whether a list or a dictionary. */
function captionLists(value: PickleValue): ReadonlyMap<PickleKey, PickleValue> {
  if (Array.isArray(value))
    return new Map((value as readonly PickleValue[]).map((texts, index) => [index, texts]));
  return mapOf(value, 'captions');
}

function chosenIndices(value: PickleValue | undefined, path: string): readonly number[] {
  const list = Array.isArray(value) ? (value as readonly PickleValue[]) : undefined;
  const indices = list ?? (value === undefined ? [] : [...pickledNumbers(value, path, 'chosen').data]);
  return indices.map((item) => {
    const index = pickledNumbers(item, path, 'chosen').data[0] as number;
    if (Number.isSafeInteger(index) && index >= 0) return index;
    throw new RecordFieldError('broken-record', `a chosen person has number ${String(index)}`);
  });
}

function personOf(value: PickleValue | undefined, index: number, file: string): PickleFields {
  const people = Array.isArray(value) ? (value as readonly PickleValue[]) : [];
  if (index >= people.length)
    throw new RecordFieldError('disagreeing-counts', `person ${index} is chosen of ${people.length}`);
  return pickleFields(people[index], file);
}

function recordOf(
  person: PickleFields,
  captions: PickleValue | undefined,
  path: string,
  index: number,
  split: string,
  imageFolder: string,
): DatasetRecord {
  if (!Array.isArray(captions))
    throw new RecordFieldError('disagreeing-counts', 'the person has no captions');
  const texts = (captions as readonly PickleValue[]).map((text, i) =>
    pickledText(text, `caption ${i}`, 'broken-record'),
  );
  const numbers = (field: string, count: number): Float32Array => {
    const { data } = person.numbers(field);
    if (data.length !== count)
      throw new RecordFieldError(
        'disagreeing-counts',
        `${field} has ${data.length} numbers, expected ${count}`,
      );
    return floatsOf(data, 0, count, field);
  };
  // SMPL-X's order: root, body, jaw, eyes, hands. The root as the camera sees it.
  const axisAngles = new Float32Array(165);
  axisAngles.set(numbers('smplx_root_cam', 3));
  axisAngles.set(numbers('smplx_body_pose', 63), 3);
  axisAngles.set(numbers('smplx_left_hand_pose', 45), 75);
  axisAngles.set(numbers('smplx_right_hand_pose', 45), 120);
  const [left = 0, top = 0, right = 0, bottom = 0] = numbers('smplx_tight_bbox', 4);
  const [focalX = 0, focalY = 0] = numbers('focal', 2);
  const [centreX = 0, centreY = 0] = numbers('princpt', 2);
  const pixels = numbers('smplx_pose2d', 254).slice(0, 44);
  return {
    dataset: 'bedlam-script',
    id: `${path}/${index}`,
    split,
    identity: {
      subject: pickledText(person.get('identity'), 'identity', 'broken-record'),
      sequence: path.slice(0, Math.max(0, path.lastIndexOf('/'))),
      person: index,
    },
    image: imageReference(`images/${imageFolder}/`, path, {
      crop: { left, top, width: right - left, height: bottom - top },
    }),
    keypoints2d: { jointSet: 'smplx-22', pixels, confidence: new Float32Array(22).fill(1) },
    body: {
      model: 'smplx',
      frame: 'camera',
      axisAngles,
      betas: numbers('smplx_shape', 11),
      gender: 'neutral',
      translationMetres: numbers('smplx_transl', 3),
    },
    world: {
      rootAxisAngle: numbers('smplx_root_world', 3),
      translationMetres: numbers('smplx_transl', 3),
    },
    camera: { focalX, focalY, centreX, centreY },
    texts,
  };
}

/** As Python sorts texts. */
function byCodePoint(first: string, second: string): number {
  const [a, b] = [[...first], [...second]];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = ((a[i] as string).codePointAt(0) ?? 0) - ((b[i] as string).codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
