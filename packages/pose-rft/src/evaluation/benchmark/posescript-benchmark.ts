import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  loadReferencedPoses,
  readPoseScript,
  turnedToFront,
  type PoseScriptSample,
  type TextFile,
} from '@pose-rft/datasets';
import { DataFileError, SMPL_24_PROTOCOL } from '@pose-rft/smpl';
import { readCaption } from '@pose-rft/text-pose';
import { inBodyFrame } from '../../report/pose-picture.js';
import { BenchmarkDataError, requireData, type BenchmarkDataOptions } from './benchmark-data.js';
import { createProblemTally, joinedProblems, type ProblemTally } from './benchmark-problem.js';
import type { Benchmark, BenchmarkSample } from './benchmark.js';

export interface PoseScriptBenchmarkOptions extends BenchmarkDataOptions {
  /** Where AMASS lies, part / subject / motion; `AMASS` in the folder unless given. */
  readonly amassFolder?: string;
  /** `human` unless given. */
  readonly captions?: 'human' | 'automatic';
}

const CAPTION_FILES = {
  human: 'posescript_human_6293.json',
  automatic: 'posescript_auto_100k.json',
} as const;
const REFERENCES = 'ids_2_dataset_sequence_and_frame_index_100k.json';

/** Parts of AMASS that were renamed; PoseScript's references have the old names, downloads of today the new ones. */
const RENAMED_PARTS: ReadonlyMap<string, string> = new Map([
  ['BioMotionLab_NTroje', 'BMLrub'],
  ['DFaust_67', 'DFaust'],
  ['MPI_HDM05', 'HDM05'],
  ['MPI_Limits', 'PosePrior'],
  ['MPI_mosh', 'MoSh'],
  ['SSM_synced', 'SSM'],
  ['TCD_handMocap', 'TCDHands'],
  ['Transitions_mocap', 'Transitions'],
]);

/**
 * PoseScript's test split (or another): its first description of each pose, and the pose from AMASS, in the body frame.
 * Claims of the texts are read by rules; what those do not understand is not judged.
 *
 * @throws BenchmarkDataError if files of PoseScript, or AMASS, are missing
 * @throws DataFileError (of `@pose-rft/smpl`) naming file, entry, expected and found
 * @throws BenchmarkProblemError for the first pose that AMASS lacks, unless problems are skipped
 */
export async function poseScriptBenchmark(options: PoseScriptBenchmarkOptions): Promise<Benchmark> {
  const { folder, split = 'test', captions = 'human', onProblem = 'throw' } = options;
  const amassFolder = options.amassFolder ?? join(folder, 'AMASS');
  const missing = await requireData('posescript', split, options);
  const text = async (name: string): Promise<TextFile> => ({
    name: join(folder, name),
    text: await readFile(join(folder, name), 'utf8').catch((error: unknown) => {
      throw new BenchmarkDataError(
        `posescript: ${join(folder, name)} cannot be read (${error instanceof Error ? error.message : String(error)})`,
        { cause: error },
      );
    }),
  });
  const set = readPoseScript({
    references: await text(REFERENCES),
    captions: [await text(CAPTION_FILES[captions])],
    split: await text(`${split}_ids_100k.json`),
  });
  const tally = createProblemTally(onProblem);
  for (const id of set.skipped.withoutReference)
    tally.add('broken-record', `pose ${id}`, 'it has no reference');
  const poses = await posesOf(set.samples, amassFolder, tally);
  const samples = set.samples.flatMap(
    ({ poseId, reference, captions: [caption = ''] }): BenchmarkSample[] => {
      const pose6d = poses.get(poseId);
      if (pose6d === undefined) return [];
      return [
        {
          id: String(poseId),
          task: 'text-to-pose',
          question: caption,
          cluster: reference.sequence,
          truth: {
            person: { pose6d: inBodyFrame(turnedToFront(pose6d)) },
            constraints: readCaption(caption).claims.map(({ constraint }) => constraint),
          },
        },
      ];
    },
  );
  return {
    name: 'posescript',
    title: `PoseScript, split ${split}, ${captions} captions`,
    protocol: SMPL_24_PROTOCOL,
    differences: [
      "retrieval is by this project's evaluators, not by PoseScript's: compare with the row of the true poses",
    ],
    samples,
    problems: joinedProblems(missing, tally.summary()),
  };
}

async function posesOf(
  samples: readonly PoseScriptSample[],
  amassFolder: string,
  tally: ProblemTally,
): Promise<ReadonlyMap<number, Float32Array>> {
  const { poses, skipped } = await loadReferencedPoses(
    samples.map(({ poseId, reference }) => [poseId, reference] as const),
    (sequence) => firstReadable(candidatePaths(sequence).map((path) => join(amassFolder, path))),
  );
  if (samples.length > 0 && poses.size === 0 && skipped.missingSequences.size > 0)
    throw new BenchmarkDataError(
      `posescript: none of ${skipped.missingSequences.size} recordings that it refers to is in ${amassFolder}. ` +
        'Its poses come from AMASS (https://amass.is.tue.mpg.de, registration): give its folder with --amass DIR; ' +
        '`pose-rft data check amass --folder DIR` says what of it is there.',
    );
  for (const [sequence, count] of skipped.missingSequences)
    tally.add('incomplete-data', sequence, `AMASS lacks this recording of ${count} poses`, count);
  for (const [sequence, error] of skipped.unreadableSequences)
    tally.add('broken-record', sequence, error instanceof DataFileError ? error.message : String(error));
  for (const id of skipped.missingFrames)
    tally.add('broken-record', `pose ${id}`, 'its frame is beyond the end of the recording');
  return poses;
}

/** The path as it is referred to, and as later releases have it. */
function candidatePaths(sequence: string): readonly string[] {
  const [part = '', ...rest] = sequence.split('/');
  const folders = [part, RENAMED_PARTS.get(part)].filter((name) => name !== undefined);
  return folders.flatMap((name) => {
    const path = [name, ...rest].join('/');
    return [path, path.replace(/_poses\.npz$/, '_stageii.npz')];
  });
}

async function firstReadable(paths: readonly string[]): Promise<Uint8Array | undefined> {
  for (const path of new Set(paths)) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}
