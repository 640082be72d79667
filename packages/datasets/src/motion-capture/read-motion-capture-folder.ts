import {
  asfSegmentMotion,
  createKinematics,
  JOINT_COUNT,
  readAmc,
  readAsf,
  retargetToSmpl,
  SYNTHETIC_SKELETON,
  type AsfSkeleton,
} from '@pose-rft/smpl';

/** One recording, brought onto SMPL's joints. */
export interface MotionCaptureTake {
  /** The motion file's name without its extension, such as `02_01`. */
  readonly name: string;
  /** The skeleton file's name without its extension, such as `02`. */
  readonly subject: string;
  readonly frameCount: number;
  /** [F] the frames' numbers in the file; CMU records 120 frames a second. */
  readonly frameNumbers: Int32Array;
  /** [F, 24, 6] rotations in layout `columns`, relative to the parent; the root's is the person's orientation. */
  readonly pose6d: Float32Array;
  /** [F, 24, 3] metres in the body frame (root orientation identity): what posecodes and captions are about. */
  readonly bodyJoints: Float32Array;
  /** [F, 3] where the pelvis is in the room, metres. */
  readonly rootPositionsMetres: Float32Array;
}

export interface MotionCaptureOptions {
  /** Which takes to read, by name; all by default. */
  readonly takes?: (name: string) => boolean;
}

/** Thrown when a folder holds no motion capture that can be read; the message says what is missing. */
export class MotionCaptureFolderError extends Error {
  override readonly name = 'MotionCaptureFolderError';
}

const SKELETON_EXTENSION = '.asf';
const MOTION_EXTENSION = '.amc';

/**
 * Reads a folder of the CMU Graphics Lab Motion Capture Database (mocap.cs.cmu.edu), as it is unpacked (one folder a
 * subject) or flat: skeletons `02.asf` with takes `02_01.amc`. Takes come one at a time, ordered by name, so that the
 * whole database fits in memory. Needs a file system (Node).
 *
 * @param folder - path of the folder; subfolders are searched too
 * @throws MotionCaptureFolderError if the folder is missing or holds no takes, or a take has no skeleton
 * @throws MotionFileError (of `@pose-rft/smpl`) naming file, line and field if a file is broken
 * @throws RetargetError (of `@pose-rft/smpl`) if a skeleton lacks bones that SMPL needs
 * @example
 * ```ts
 * import { MotionCaptureFolderError, readMotionCaptureFolder } from '@pose-rft/datasets';
 * import { createRandom } from '@pose-rft/random';
 * import { captionPose } from '@pose-rft/text-pose';
 *
 * try {
 *   for await (const { name, bodyJoints } of readMotionCaptureFolder('no/such/folder')) {
 *     console.log(name, captionPose(bodyJoints, 0, createRandom(1)).text);
 *   }
 * } catch (error) {
 *   console.assert(error instanceof MotionCaptureFolderError);
 * }
 * ```
 */
export async function* readMotionCaptureFolder(
  folder: string,
  options: MotionCaptureOptions = {},
): AsyncGenerator<MotionCaptureTake, void, undefined> {
  for (const { name, read } of await motionCaptureTakes(folder))
    if (options.takes?.(name) !== false) yield await read();
}

/** A take that is not read yet. */
export interface UnreadTake {
  readonly name: string;
  /** @throws as {@link readMotionCaptureFolder} */
  read(): Promise<MotionCaptureTake>;
}

/**
 * The takes of a folder, ordered by name, each read only when asked for; a skeleton is read once for the takes that
 * follow each other on it.
 *
 * @throws MotionCaptureFolderError if the folder is missing or holds no takes
 */
export async function motionCaptureTakes(folder: string): Promise<readonly UnreadTake[]> {
  const files = await listFiles(folder);
  const motions = files
    .filter((path) => path.endsWith(MOTION_EXTENSION))
    .sort((first, second) => (baseName(first) < baseName(second) ? -1 : 1));
  if (motions.length === 0)
    throw new MotionCaptureFolderError(
      `${folder} holds no ${MOTION_EXTENSION} files: expected CMU's layout, such as 02.asf beside 02_01.amc.`,
    );
  let current: { readonly path: string; readonly skeleton: AsfSkeleton } | undefined;
  return motions.map((motionPath) => ({
    name: baseName(motionPath),
    read: async () => {
      // Imported here, so that the rest of the package loads in browsers.
      const { readFile } = await import('node:fs/promises');
      const skeletonPath = skeletonOf(motionPath, files, folder);
      if (current?.path !== skeletonPath)
        current = {
          path: skeletonPath,
          skeleton: readAsf(await readFile(skeletonPath, 'utf8'), skeletonPath),
        };
      const { skeleton } = current;
      return takeOf(motionPath, skeletonPath, skeleton, await readFile(motionPath, 'utf8'));
    },
  }));
}

function takeOf(
  motionPath: string,
  skeletonPath: string,
  skeleton: AsfSkeleton,
  text: string,
): MotionCaptureTake {
  const motion = readAmc(text, skeleton, motionPath);
  const { frameCount, pose6d, rootPositionsMetres } = retargetToSmpl(asfSegmentMotion(skeleton, motion));
  return {
    name: baseName(motionPath),
    subject: baseName(skeletonPath),
    frameCount,
    frameNumbers: motion.frameNumbers,
    pose6d,
    bodyJoints: bodyJointsOf(pose6d, frameCount),
    rootPositionsMetres,
  };
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const [{ readdir }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  try {
    const names = await readdir(folder, { recursive: true });
    return names.map((name) => join(folder, name));
  } catch (error) {
    throw new MotionCaptureFolderError(
      `${folder} cannot be read as a folder (${error instanceof Error ? error.message : String(error)}). ` +
        'Give the folder that the CMU motion capture database was unpacked to.',
      { cause: error },
    );
  }
}

/** `02.asf` for `02_01.amc`: the one beside it, or else the only one of that name anywhere in the folder. */
function skeletonOf(motionPath: string, files: readonly string[], folder: string): string {
  const name = baseName(motionPath);
  const subject = name.split('_')[0] ?? name;
  const beside = motionPath.slice(0, motionPath.length - name.length - MOTION_EXTENSION.length);
  const besidePath = `${beside}${subject}${SKELETON_EXTENSION}`;
  if (files.includes(besidePath)) return besidePath;
  const elsewhere = files.filter((path) => path.endsWith(SKELETON_EXTENSION) && baseName(path) === subject);
  const [only] = elsewhere;
  if (only !== undefined && elsewhere.length === 1) return only;
  throw new MotionCaptureFolderError(
    `${motionPath} needs the skeleton ${subject}${SKELETON_EXTENSION}: expected one in ${folder}, ` +
      `found ${elsewhere.length === 0 ? 'none' : elsewhere.join(', ')}.`,
  );
}

function bodyJointsOf(pose6d: Float32Array, frameCount: number): Float32Array {
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const joints = new Float32Array(frameCount * 3 * JOINT_COUNT);
  for (let frame = 0; frame < frameCount; frame++)
    kinematics.jointsFromRotation6d(pose6d, frame * 6 * JOINT_COUNT, joints, frame * 3 * JOINT_COUNT, {
      globalOrientation: 'identity',
    });
  return joints;
}

/** The file's name without folders and extension, on any system. */
function baseName(path: string): string {
  return path.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '');
}
