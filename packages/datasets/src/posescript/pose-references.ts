import { DataFileError } from '@pose-rft/smpl';
import { entriesById, shown, type TextFile } from './json-file.js';

/** Where a pose of PoseScript or PoseFix stands in AMASS. */
export interface PoseReference {
  /** Path of the recording within AMASS, such as `CMU/01/01_01_poses.npz`. */
  readonly sequence: string;
  /** Frame of the recording, from 0. */
  readonly frame: number;
}

/**
 * Reads `ids_2_dataset_sequence_and_frame_index_100k.json` of PoseScript or PoseFix: for each pose id its data set (always
 * AMASS), the path of the recording within it, and the frame.
 *
 * @throws DataFileError (of `@pose-rft/smpl`) naming file, entry, expected and found; also for paths that leave AMASS
 */
export function readPoseReferences(file: TextFile): ReadonlyMap<number, PoseReference> {
  return new Map(
    entriesById(file).map(([id, value]) => {
      const [dataset, sequence, frame] = Array.isArray(value) ? (value as readonly unknown[]) : [];
      if (dataset !== 'AMASS')
        throw new DataFileError(file.name, `pose ${id}`, '["AMASS", path, frame]', shown(value));
      if (typeof sequence !== 'string' || !isInside(sequence))
        throw new DataFileError(file.name, `pose ${id}`, 'a relative path within AMASS', shown(sequence));
      if (typeof frame !== 'number' || !Number.isSafeInteger(frame) || frame < 0)
        throw new DataFileError(file.name, `pose ${id}`, 'a frame, an integer >= 0', shown(frame));
      return [id, { sequence, frame }];
    }),
  );
}

function isInside(path: string): boolean {
  return path !== '' && !/^[\\/]|^[a-zA-Z]:|\0/.test(path) && !path.split(/[\\/]/).includes('..');
}
