import { DataFileError } from '@pose-rft/smpl';
import { entriesById, listOfIds, shown, type TextFile } from './json-file.js';
import { readPoseReferences, type PoseReference } from './pose-references.js';

/** The files of PoseScript's release, by content. */
export interface PoseScriptFiles {
  /** `ids_2_dataset_sequence_and_frame_index_100k.json`. */
  readonly references: TextFile;
  /** `posescript_human_6293.json`, `posescript_auto_100k.json`, or several such. */
  readonly captions: readonly TextFile[];
  /** `train_ids_100k.json`, `val_ids_100k.json` or `test_ids_100k.json`; all poses without it. */
  readonly split?: TextFile;
}

/** A pose with its descriptions. */
export interface PoseScriptSample {
  readonly poseId: number;
  readonly reference: PoseReference;
  /** At least one, in the order of the files. */
  readonly captions: readonly string[];
}

export interface PoseScriptSet {
  readonly samples: readonly PoseScriptSample[];
  /** What was left out, and why. */
  readonly skipped: {
    /** Described poses that the references lack. */
    readonly withoutReference: readonly number[];
    /** Poses of the split that no file describes: most of them, with the human captions alone. */
    readonly withoutCaption: number;
    /** Described poses outside the split. */
    readonly outsideSplit: number;
  };
}

/**
 * Joins the files of PoseScript (Delmas et al. 2022; release v2, poses of AMASS): descriptions by pose, restricted to a
 * split. The poses themselves come from AMASS, by `loadReferencedPoses`.
 *
 * @throws DataFileError (of `@pose-rft/smpl`) naming file, entry, expected and found
 * @example
 * ```ts
 * import { readPoseScript } from '@pose-rft/datasets';
 *
 * const { samples, skipped } = readPoseScript({
 *   references: { name: 'ids.json', text: '{"7": ["AMASS", "CMU/01/01_01_poses.npz", 120]}' },
 *   captions: [{ name: 'human.json', text: '{"7": ["They kneel."], "8": ["They sit."]}' }],
 *   split: { name: 'train.json', text: '[7, 8, 9]' },
 * });
 * console.assert(samples[0]?.captions[0] === 'They kneel.');
 * console.assert(skipped.withoutReference[0] === 8 && skipped.withoutCaption === 1);
 * ```
 */
export function readPoseScript(files: PoseScriptFiles): PoseScriptSet {
  const references = readPoseReferences(files.references);
  const texts = textsById(files.captions);
  const split = files.split === undefined ? undefined : new Set(listOfIds(files.split));
  const withoutReference: number[] = [];
  let outsideSplit = 0;
  const samples: PoseScriptSample[] = [];
  for (const [poseId, captions] of texts) {
    if (split?.has(poseId) === false) {
      outsideSplit++;
      continue;
    }
    const reference = references.get(poseId);
    if (reference === undefined) withoutReference.push(poseId);
    else samples.push({ poseId, reference, captions });
  }
  const withoutCaption = [...(split ?? references.keys())].filter((id) => !texts.has(id)).length;
  return { samples, skipped: { withoutReference, withoutCaption, outsideSplit } };
}

/** Texts by id over several files: each entry is one text or a list of them; empty ones are dropped. */
export function textsById(files: readonly TextFile[]): ReadonlyMap<number, readonly string[]> {
  const texts = new Map<number, string[]>();
  for (const file of files)
    for (const [id, value] of entriesById(file)) {
      const list: readonly unknown[] = Array.isArray(value) ? value : [value];
      const known = texts.get(id) ?? [];
      for (const text of list) {
        if (typeof text !== 'string')
          throw new DataFileError(file.name, `entry ${id}`, 'a text or a list of texts', shown(value));
        if (text.trim() !== '') known.push(text);
      }
      if (known.length > 0) texts.set(id, known);
    }
  return texts;
}
