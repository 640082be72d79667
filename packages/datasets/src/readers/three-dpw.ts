import type { Gender } from '@pose-rft/smpl';
import { findFiles } from '../files/dataset-files.js';
import {
  assertShape,
  pickledNumbers,
  pickledText,
  readPickledFields,
  type PickleFields,
} from '../files/pickle-fields.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import {
  cameraParameters,
  orientationToCamera,
  pointsToCamera,
  projectToPicture,
} from '../record/camera-frame.js';
import type { DatasetRecord } from '../record/dataset-record.js';
import { doublesOf, floatsOf } from '../record/field-numbers.js';
import { boxAround, imageReference } from '../record/image-reference.js';

const GENDERS: Readonly<Record<string, Gender>> = { m: 'male', f: 'female' };
const BETAS = 10;

interface Person {
  readonly poses: ArrayLike<number>;
  readonly translations: ArrayLike<number>;
  readonly joints: ArrayLike<number>;
  readonly keypoints: ArrayLike<number>;
  readonly isCameraValid: ArrayLike<number>;
  readonly betas: Float32Array;
  readonly gender: Gender | undefined;
}

/**
 * 3DPW's `sequenceFiles/{split}/*.pkl`: one record for each person and frame (30 a second) whose camera pose the data
 * set calls valid. The body's root and the joints are in the camera's frame; the box is the one around the detected
 * keypoints, or, where fewer than six were detected, around the projected joints. Format: the data set's `readme.txt`,
 * and SPIN's `datasets/preprocess/pw3d.py` for the images' numbers.
 */
export async function* readThreeDpw(context: ReadingContext): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  const files = await findFiles(folder, `sequenceFiles/${split}/*.pkl`);
  if (files.length === 0)
    context.problem('missing-file', `sequenceFiles/${split}`, 'there is no sequence (.pkl)');
  for (const file of files) {
    const name = file.replace(/^.*\//, '').replace(/\.pkl$/, '');
    if (!context.takesSequence(name)) continue;
    const sequence = await context.attempt(file, async () => {
      const fields = await readPickledFields(folder, file);
      return { fields, ...sequenceParts(fields, file) };
    });
    if (sequence !== undefined) yield* recordsOf(context, file, sequence);
  }
}

type Sequence = ReturnType<typeof sequenceParts>;

function sequenceParts(fields: PickleFields, file: string) {
  const name = fields.text('sequence');
  const extrinsics = fields.shaped('cam_poses', undefined, 4, 4);
  const [frameCount = 0] = extrinsics.shape;
  const intrinsics = fields.shaped('cam_intrinsics', 3, 3).data;
  const poses = fields.list('poses');
  const lists = ['trans', 'jointPositions', 'poses2d', 'campose_valid', 'betas', 'genders'] as const;
  for (const field of lists)
    if (fields.list(field).length !== poses.length)
      throw new RecordFieldError(
        'disagreeing-counts',
        `${field} has ${fields.list(field).length} people, poses has ${poses.length}`,
      );
  const people = poses.map((_, person): Person => {
    const numbers = (field: string, ...shape: readonly (number | undefined)[]): ArrayLike<number> =>
      assertShape(
        pickledNumbers(fields.list(field)[person], file, `${field}[${person}]`),
        shape,
        `${field}[${person}]`,
      ).data;
    const betas = numbers('betas', undefined);
    return {
      poses: numbers('poses', frameCount, 72),
      translations: numbers('trans', frameCount, 3),
      joints: numbers('jointPositions', frameCount, 72),
      keypoints: numbers('poses2d', frameCount, 3, 18),
      isCameraValid: numbers('campose_valid', frameCount),
      betas: floatsOf(betas, 0, Math.min(BETAS, betas.length), `betas[${person}]`),
      gender: GENDERS[pickledText(fields.list('genders')[person], `genders[${person}]`)],
    };
  });
  return { name, frameCount, extrinsics: extrinsics.data, intrinsics, people };
}

async function* recordsOf(
  context: ReadingContext,
  file: string,
  sequence: Sequence,
): AsyncGenerator<DatasetRecord, void, undefined> {
  const { frameCount, people } = sequence;
  for (let frame = 0; frame < frameCount; frame += context.frameStride) {
    if (context.people === 'alone' && people.length > 1) {
      context.exclude('several-people', people.length);
      continue;
    }
    for (let person = 0; person < people.length; person++) {
      if (!((people[person] as Person).isCameraValid[frame] as number)) {
        context.exclude('camera-not-valid');
        continue;
      }
      const where = `${file}: frame ${frame}, person ${person}`;
      const record = await context.attempt(where, () => recordOf(context, sequence, frame, person));
      if (record === 'out of view') context.exclude('person-out-of-view');
      else if (record !== undefined) yield record;
    }
  }
}

function recordOf(
  { split }: ReadingContext,
  { name, extrinsics, intrinsics, people }: Sequence,
  frame: number,
  person: number,
): DatasetRecord | 'out of view' {
  const { poses, translations, joints, keypoints, betas, gender } = people[person] as Person;
  const axisAngles = floatsOf(poses, 72 * frame, 72, 'poses');
  const camera = cameraParameters(intrinsics, doublesOf(extrinsics, 16 * frame, 16, 'cam_poses'));
  const worldToCamera = camera.worldToCamera as Float64Array;
  const jointsCamera = pointsToCamera(worldToCamera, floatsOf(joints, 72 * frame, 72, 'jointPositions'));
  // The principal point is the picture's centre, and no size is given.
  const widthPixels = Math.round(2 * camera.centreX);
  const heightPixels = Math.round(2 * camera.centreY);
  const seen = projectToPicture(camera, jointsCamera, widthPixels, heightPixels);
  if (!seen.isInside.includes(1)) return 'out of view';

  const rows = floatsOf(keypoints, 54 * frame, 54, 'poses2d');
  const pixels = Float32Array.from({ length: 36 }, (_, i) => rows[(i % 2) * 18 + (i >> 1)] as number);
  const confidence = rows.slice(36, 54).map((value) => Math.min(1, Math.max(0, value)));
  const detected = confidence.filter((value) => value > 0).length;
  const crop = detected >= 6 ? boxAround(pixels, confidence) : boxAround(seen.pixels, seen.isInside);

  const worldRoot = axisAngles.slice(0, 3);
  axisAngles.set(orientationToCamera(worldToCamera, worldRoot));
  const image = `imageFiles/${name}/image_${String(frame).padStart(5, '0')}.jpg`;
  return {
    dataset: '3dpw',
    id: `${name}/${frame}/${person}`,
    split,
    identity: { sequence: name, frame, person },
    image: imageReference('', image, { widthPixels, heightPixels, ...(crop && { crop }) }),
    ...(detected > 0 && { keypoints2d: { jointSet: 'openpose-18', pixels, confidence } }),
    keypoints3d: {
      jointSet: 'smpl-24',
      frame: 'camera',
      metres: jointsCamera,
      confidence: new Float32Array(24).fill(1),
    },
    body: { model: 'smpl', frame: 'camera', axisAngles, betas, ...(gender && { gender }) },
    world: { rootAxisAngle: worldRoot, translationMetres: floatsOf(translations, 3 * frame, 3, 'trans') },
    camera,
  };
}
