import { readAmass, type AmassMotion } from '@pose-rft/smpl';
import { findFiles, readFileBytes } from '../files/dataset-files.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import type { DatasetRecord } from '../record/dataset-record.js';
import { floatsOf } from '../record/field-numbers.js';

/**
 * AMASS's own split of its parts (`human_body_prior`, VPoser's training; the archive renamed some parts since, hence two
 * spellings). All other parts are for training.
 */
const PARTS_OF_SPLIT: Readonly<Record<string, readonly string[]>> = {
  validation: ['HumanEva', 'MPI_HDM05', 'HDM05', 'SFU', 'MPI_mosh', 'MoSh'],
  test: ['Transitions_mocap', 'Transitions', 'SSM_synced', 'SSM'],
};

/**
 * An AMASS folder: part / subject / `*.npz`, one record a frame, in a world with z up. Shapes without motion
 * (`shape.npz`, `*_shape.npz`, `*_stagei.npz`) are passed over. Format: `readAmass` of `@pose-rft/smpl`.
 */
export async function* readAmassFolder(
  context: ReadingContext,
): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split, frameStride } = context;
  const motions = (await findFiles(folder, '**/*.npz')).filter(isMotionFile);
  const files = motions.filter((file) => isOfSplit(file, split));
  if (files.length === 0)
    context.problem(
      'missing-file',
      '**/*.npz',
      motions.length === 0
        ? 'there is no motion'
        : `none of ${motions.length} motions is of the split ${split}`,
    );
  for (const file of files) {
    if (!context.takesSequence(file.replace(/\.npz$/, ''))) continue;
    const motion = await context.attempt(file, async () =>
      readAmass(await readFileBytes(folder, file), file),
    );
    if (motion === undefined) continue;
    const betas = Float32Array.from(motion.betas);
    for (let frame = 0; frame < motion.frameCount; frame += frameStride) {
      const record = await context.attempt(`${file}: frame ${frame}`, () =>
        recordOf(motion, betas, file, split, frame),
      );
      if (record !== undefined) yield record;
    }
  }
}

/** Whether a file of the archive holds a motion rather than a shape. */
export function isMotionFile(path: string): boolean {
  return !/(?:^|[/_])(?:shape|neutral_stagei|male_stagei|female_stagei)\.npz$/.test(path);
}

function isOfSplit(path: string, split: string): boolean {
  if (split === 'all') return true;
  const folders = path.split('/').slice(0, -1);
  const isPartOf = (name: string): boolean =>
    (PARTS_OF_SPLIT[name] ?? []).some((part) => folders.includes(part));
  return split === 'train' ? !isPartOf('validation') && !isPartOf('test') : isPartOf(split);
}

function recordOf(
  motion: AmassMotion,
  betas: Float32Array,
  file: string,
  split: string,
  frame: number,
): DatasetRecord {
  const { model, jointCount, gender } = motion;
  const folders = file.split('/');
  const sequence = file.replace(/\.npz$/, '');
  const axisAngles = floatsOf(motion.axisAngles, 3 * jointCount * frame, 3 * jointCount, 'poses');
  const translationMetres = floatsOf(motion.translationsMetres, 3 * frame, 3, 'trans');
  return {
    dataset: 'amass',
    id: `${sequence}/${frame}`,
    split,
    identity: { subject: folders.slice(0, -1).join('/'), sequence, frame },
    body: { model, frame: 'world-z-up', axisAngles, betas, gender, translationMetres },
  };
}
