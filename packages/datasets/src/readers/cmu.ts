import { rotation6dToAxisAngle } from '@pose-rft/smpl';
import {
  MotionCaptureFolderError,
  motionCaptureTakes,
} from '../motion-capture/read-motion-capture-folder.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import type { DatasetRecord } from '../record/dataset-record.js';

const JOINTS = 24;

/**
 * The CMU Graphics Lab Motion Capture Database (`*.asf` with `*.amc`), brought onto SMPL's joints by
 * `readMotionCaptureFolder`: one record a frame, in a world with y up, given as `world`.
 */
export async function* readCmu(context: ReadingContext): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split, frameStride } = context;
  let takes: Awaited<ReturnType<typeof motionCaptureTakes>> = [];
  try {
    takes = await motionCaptureTakes(folder);
  } catch (error) {
    if (!(error instanceof MotionCaptureFolderError)) throw error;
    context.problem('missing-file', folder, error.message, error);
  }
  for (const { name, read } of takes) {
    if (!context.takesSequence(name)) continue;
    const take = await context.attempt(name, async () => {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof MotionCaptureFolderError)) throw error;
        context.problem('missing-file', name, error.message, error);
        return undefined;
      }
    });
    if (take === undefined) continue;
    for (let frame = 0; frame < take.frameCount; frame += frameStride) {
      const axisAngles = new Float32Array(3 * JOINTS);
      for (let joint = 0; joint < JOINTS; joint++)
        rotation6dToAxisAngle(take.pose6d, 6 * (JOINTS * frame + joint), axisAngles, 3 * joint);
      yield {
        dataset: 'cmu',
        id: `${name}/${frame}`,
        split,
        identity: { subject: take.subject, sequence: name, frame: take.frameNumbers[frame] as number },
        body: {
          model: 'smpl',
          frame: 'world',
          axisAngles,
          betas: new Float32Array(10),
          translationMetres: take.rootPositionsMetres.slice(3 * frame, 3 * frame + 3),
        },
      };
    }
  }
}
