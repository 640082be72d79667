import { DataFileError } from '@pose-rft/smpl';
import { asId, listOfIds, parseJson, shown, type TextFile } from './json-file.js';
import { readPoseReferences, type PoseReference } from './pose-references.js';
import { textsById } from './posescript.js';

/** The files of PoseFix's release, by content. */
export interface PoseFixFiles {
  /** `ids_2_dataset_sequence_and_frame_index_100k.json`. */
  readonly references: TextFile;
  /** `pair_id_2_pose_ids.json`: a list of pairs of pose ids. */
  readonly pairs: TextFile;
  /** `posefix_human_6157.json`, `posefix_paraphrases_4284.json`, `posefix_auto_135305.json`, or several such. */
  readonly instructions: readonly TextFile[];
  /** `train_in_sequence_pair_ids.json` and `train_out_sequence_pair_ids.json`, or those of val or test; else all. */
  readonly split?: readonly TextFile[];
}

/** A pose, another one, and how to get from the first to the second. */
export interface PoseFixSample {
  readonly pairId: number;
  readonly sourceId: number;
  readonly targetId: number;
  readonly source: PoseReference;
  readonly target: PoseReference;
  /** Both are frames of one recording: then the turn of the whole body between them is meant too. */
  readonly isSameSequence: boolean;
  /** At least one, in the order of the files. */
  readonly instructions: readonly string[];
}

export interface PoseFixSet {
  readonly samples: readonly PoseFixSample[];
  /** What was left out, and why. */
  readonly skipped: {
    /** Instructions whose pair the list of pairs lacks. */
    readonly withoutPair: readonly number[];
    /** Pairs with a pose that the references lack. */
    readonly withoutReference: readonly number[];
    /** Pairs of the split without an instruction. */
    readonly withoutInstruction: number;
    /** Pairs with an instruction outside the split. */
    readonly outsideSplit: number;
  };
}

/**
 * Joins the files of PoseFix (Delmas et al. 2023; poses of AMASS): instructions by pair of poses, restricted to a split.
 * The poses themselves come from AMASS, by `loadReferencedPoses`.
 *
 * @throws DataFileError (of `@pose-rft/smpl`) naming file, entry, expected and found
 * @example
 * ```ts
 * import { readPoseFix } from '@pose-rft/datasets';
 *
 * const { samples } = readPoseFix({
 *   references: {
 *     name: 'ids.json',
 *     text: '{"3": ["AMASS", "CMU/01/01_01_poses.npz", 10], "4": ["AMASS", "CMU/01/01_01_poses.npz", 90]}',
 *   },
 *   pairs: { name: 'pairs.json', text: '[[3, 4]]' },
 *   instructions: [{ name: 'human.json', text: '{"0": ["Bend your left knee."]}' }],
 * });
 * console.assert(samples[0]?.isSameSequence === true && samples[0].target.frame === 90);
 * ```
 */
export function readPoseFix(files: PoseFixFiles): PoseFixSet {
  const references = readPoseReferences(files.references);
  const pairs = readPairs(files.pairs);
  const texts = textsById(files.instructions);
  const split = files.split === undefined ? undefined : new Set(files.split.flatMap(listOfIds));
  const withoutPair: number[] = [];
  const withoutReference: number[] = [];
  let outsideSplit = 0;
  const samples: PoseFixSample[] = [];
  for (const [pairId, instructions] of texts) {
    if (split?.has(pairId) === false) {
      outsideSplit++;
      continue;
    }
    const pair = pairs[pairId];
    if (pair === undefined) {
      withoutPair.push(pairId);
      continue;
    }
    const [sourceId, targetId] = pair;
    const source = references.get(sourceId);
    const target = references.get(targetId);
    if (source === undefined || target === undefined) {
      withoutReference.push(pairId);
      continue;
    }
    const isSameSequence = source.sequence === target.sequence;
    samples.push({ pairId, sourceId, targetId, source, target, isSameSequence, instructions });
  }
  const withoutInstruction = [...(split ?? pairs.keys())].filter((id) => !texts.has(id)).length;
  return { samples, skipped: { withoutPair, withoutReference, withoutInstruction, outsideSplit } };
}

function readPairs(file: TextFile): readonly (readonly [number, number])[] {
  const value = parseJson(file);
  if (!Array.isArray(value))
    throw new DataFileError(file.name, 'the file', 'a JSON list of pairs of pose ids', shown(value));
  return value.map((pair: unknown, index) => {
    const [source, target, ...rest] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (rest.length > 0 || target === undefined)
      throw new DataFileError(file.name, `pair ${index}`, 'two pose ids', shown(pair));
    return [asId(source, file.name, `pair ${index}`), asId(target, file.name, `pair ${index}`)];
  });
}
