import { readNpz, type PickleValue } from '@pose-rft/smpl';
import { findFiles, readFileBytes } from '../files/dataset-files.js';
import { assertShape, pickledNumbers, pickleFields } from '../files/pickle-fields.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import type { DatasetRecord, RecordIdentity } from '../record/dataset-record.js';
import { floatsOf } from '../record/field-numbers.js';
import { readPersonCrops } from './person-crops.js';

const CROPS_OF_SPLIT: Readonly<Record<string, readonly string[]>> = {
  train: ['h36m_train.npz', 'h36m_mosh_train.npz'],
  protocol1: ['h36m_valid_protocol1.npz'],
  protocol2: ['h36m_val_p2.npz', 'h36m_valid_protocol2.npz'],
};
const MOTION_FILE = 'data_3d_h36m.npz';
const SUBJECTS_OF_SPLIT: Readonly<Record<string, readonly string[]>> = {
  'motion-train': ['S1', 'S5', 'S6', 'S7', 'S8'],
  'motion-test': ['S9', 'S11'],
};

/**
 * Human3.6M in the forms that people have: person crops in SPIN's or HMR2's `.npz` (splits `train`, `protocol1`,
 * `protocol2`; images as SPIN extracts them), and VideoPose3D's `data_3d_h36m.npz`, 32 joints in the room at 50 frames a
 * second (splits `motion-train`, `motion-test`). Formats: SPIN `datasets/preprocess/h36m.py`, 4D-Humans
 * `hmr2/configs/datasets_eval.yaml`, VideoPose3D `data/prepare_data_h36m.py`.
 */
export async function* readHuman36m(context: ReadingContext): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  const subjects = SUBJECTS_OF_SPLIT[split];
  if (subjects !== undefined) {
    yield* readMotion(context, subjects);
    return;
  }
  const names = CROPS_OF_SPLIT[split] ?? [];
  for (const name of names) {
    const [file] = await findFiles(folder, name);
    if (file === undefined) continue;
    yield* readPersonCrops(context, { dataset: 'h36m', file, imagePrefix: '', identityOf: human36mIdentity });
    return;
  }
  context.problem('missing-file', names.join(' or '), 'the file of crops is not there');
}

/** `S9_Directions_1.60457274_000001.jpg`, whatever folders stand before it. */
export function human36mIdentity(imageName: string): RecordIdentity {
  const match = /(S\d+)_([^/\\]*)_(\d{6})\.[a-z]+$/.exec(imageName);
  if (match === null) return {};
  const [, subject = '', sequence = '', frame = ''] = match;
  return { subject, sequence, frame: Number(frame) };
}

async function* readMotion(
  context: ReadingContext,
  subjects: readonly string[],
): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split, frameStride } = context;
  const bySubject = await context.attempt(MOTION_FILE, async () => {
    const array = readNpz(await readFileBytes(folder, MOTION_FILE), MOTION_FILE).read('positions_3d');
    const [item] = array.kind === 'objects' ? array.items : [];
    if (item === undefined)
      throw new RecordFieldError('broken-file', 'positions_3d holds no pickled dictionary');
    return pickleFields(item, MOTION_FILE);
  });
  if (bySubject === undefined) return;
  for (const subject of subjects) {
    const actions = await context.attempt(`${MOTION_FILE}: ${subject}`, () => bySubject.get(subject));
    if (!(actions instanceof Map)) {
      context.problem('missing-file', `${MOTION_FILE}: ${subject}`, 'the file lacks this subject');
      continue;
    }
    for (const [action, value] of actions as ReadonlyMap<string | number, PickleValue>) {
      const sequence = String(action);
      if (!context.takesSequence(sequence)) continue;
      const where = `${MOTION_FILE}: ${subject} ${sequence}`;
      const positions = await context.attempt(where, () =>
        assertShape(pickledNumbers(value, MOTION_FILE, sequence), [undefined, 32, 3], sequence),
      );
      const frameCount = positions?.shape[0] ?? 0;
      for (let frame = 0; positions !== undefined && frame < frameCount; frame += frameStride) {
        const metres = await context.attempt(`${where}: frame ${frame}`, () =>
          floatsOf(positions.data, 96 * frame, 96, 'positions_3d'),
        );
        if (metres === undefined) continue;
        yield {
          dataset: 'h36m',
          id: `${subject}/${sequence}/${frame}`,
          split,
          identity: { subject, sequence, frame },
          keypoints3d: {
            jointSet: 'h36m-32',
            frame: 'world-z-up',
            metres,
            confidence: new Float32Array(32).fill(1),
          },
        };
      }
    }
  }
}
