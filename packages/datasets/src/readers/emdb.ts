import type { Gender } from '@pose-rft/smpl';
import { findFiles } from '../files/dataset-files.js';
import { readPickledFields, type PickleFields } from '../files/pickle-fields.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import { cameraParameters, orientationToCamera } from '../record/camera-frame.js';
import type { DatasetRecord } from '../record/dataset-record.js';
import { doublesOf, floatsOf } from '../record/field-numbers.js';
import { imageReference } from '../record/image-reference.js';

/**
 * EMDB's `P*` / sequence / `*_data.pkl`: one record a frame that the data set calls good and whose box is valid. The
 * splits `emdb1` and `emdb2` are marked in the files. Format: `dataset.md` of eth-ait/emdb.
 */
export async function* readEmdb(context: ReadingContext): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  const files = await findFiles(folder, 'P*/*/*_data.pkl');
  if (files.length === 0) context.problem('missing-file', 'P*/*/*_data.pkl', 'there is no sequence');
  let others = 0;
  for (const file of files) {
    if (!context.takesSequence(file.replace(/^.*\//, '').replace(/_data\.pkl$/, ''))) continue;
    const sequence = await context.attempt(file, async () => {
      const fields = await readPickledFields(folder, file);
      if (split !== 'all' && !fields.numbers(split).data[0]) return 'of the other split';
      return sequenceParts(fields);
    });
    if (sequence === 'of the other split') others++;
    if (sequence === undefined || sequence === 'of the other split') continue;
    for (let frame = 0; frame < sequence.frameCount; frame += context.frameStride) {
      if (!sequence.isGood[frame] || sequence.invalidBoxes.has(frame)) {
        context.exclude('person-out-of-view');
        continue;
      }
      const record = await context.attempt(`${file}: frame ${frame}`, () =>
        recordOf(context, file, sequence, frame),
      );
      if (record !== undefined) yield record;
    }
  }
  if (files.length > 0 && others === files.length)
    context.problem('missing-file', 'P*/*/*_data.pkl', `none of ${files.length} sequences is of ${split}`);
}

function sequenceParts(fields: PickleFields) {
  const frameCount = fields.numbers('n_frames').data[0] as number;
  if (!Number.isSafeInteger(frameCount) || frameCount < 0)
    throw new RecordFieldError('broken-file', `n_frames is ${frameCount}`);
  const camera = fields.fields('camera');
  const smpl = fields.fields('smpl');
  const boxes = fields.fields('bboxes');
  const gender = fields.text('gender');
  return {
    frameCount,
    name: fields.text('name'),
    gender: (['female', 'male', 'neutral'] as const).find((known): known is Gender => known === gender),
    isGood: fields.shaped('good_frames_mask', frameCount).data,
    keypoints: fields.shaped('kp2d', frameCount, 24, 2).data,
    intrinsics: camera.shaped('intrinsics', 3, 3).data,
    extrinsics: camera.shaped('extrinsics', frameCount, 4, 4).data,
    widthPixels: camera.numbers('width').data[0] as number,
    heightPixels: camera.numbers('height').data[0] as number,
    roots: smpl.shaped('poses_root', frameCount, 3).data,
    bodies: smpl.shaped('poses_body', frameCount, 69).data,
    translations: smpl.shaped('trans', frameCount, 3).data,
    betas: floatsOf(smpl.shaped('betas', 10).data, 0, 10, 'smpl.betas'),
    boxes: boxes.shaped('bboxes', frameCount, 4).data,
    invalidBoxes: new Set<number>(Array.from(boxes.numbers('invalid_idxs').data)),
  };
}

function recordOf(
  { split }: ReadingContext,
  file: string,
  sequence: ReturnType<typeof sequenceParts>,
  frame: number,
): DatasetRecord {
  const { name, gender, betas, widthPixels, heightPixels } = sequence;
  const camera = cameraParameters(
    sequence.intrinsics,
    doublesOf(sequence.extrinsics, 16 * frame, 16, 'camera.extrinsics'),
  );
  const rootAxisAngle = floatsOf(sequence.roots, 3 * frame, 3, 'smpl.poses_root');
  const axisAngles = new Float32Array(72);
  axisAngles.set(orientationToCamera(camera.worldToCamera as Float64Array, rootAxisAngle));
  axisAngles.set(floatsOf(sequence.bodies, 69 * frame, 69, 'smpl.poses_body'), 3);
  const [left = 0, top = 0, right = 0, bottom = 0] = floatsOf(sequence.boxes, 4 * frame, 4, 'bboxes');
  const [subject = ''] = file.split('/');
  const folder = file.slice(0, file.lastIndexOf('/'));
  return {
    dataset: 'emdb',
    id: `${name}/${frame}`,
    split,
    identity: { subject, sequence: name, frame, person: 0 },
    image: imageReference('', `${folder}/images/${String(frame).padStart(5, '0')}.jpg`, {
      widthPixels,
      heightPixels,
      crop: { left, top, width: right - left, height: bottom - top },
    }),
    keypoints2d: {
      jointSet: 'smpl-24',
      pixels: floatsOf(sequence.keypoints, 48 * frame, 48, 'kp2d'),
      confidence: new Float32Array(24).fill(1),
    },
    body: { model: 'smpl', frame: 'camera', axisAngles, betas, ...(gender && { gender }) },
    world: { rootAxisAngle, translationMetres: floatsOf(sequence.translations, 3 * frame, 3, 'smpl.trans') },
    camera,
  };
}
