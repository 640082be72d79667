import type { Random } from '@pose-rft/random';
import { INSTRUCTION_LIST, type Instruction, type InstructionWording } from './instructions.js';
import { PAIRCODES } from './paircodes.js';
import {
  changeNoise,
  measurePoseChanges,
  poseChangeHolds,
  poseChangeKey,
  type PoseChange,
  type PosePair,
} from './pose-change.js';

/** How to get from one pose to another, in words, and what the words ask for. */
export interface PoseInstruction {
  readonly text: string;
  /** All that the text asks for, each once. */
  readonly changes: readonly PoseChange[];
}

export interface PoseInstructionOptions {
  /** How many things to ask for; fewer where less changes. Default: 2 to 6 at random. */
  readonly statements?: number;
  /** How far labels may be off, as a multiple of `labellingNoise`. Default 1; 0 labels exactly. */
  readonly noise?: number;
}

const FEWEST_STATEMENTS = 2;
const MOST_STATEMENTS = 6;
const MERGES_SIDES = 0.9;
const JOINS = 0.4;
const NOTHING_TO_DO = ['Stay as you are.', 'Keep the pose.', 'Do not move.'] as const;

/** One side at a time, or the whole body; both sides come after. */
const CANDIDATES = INSTRUCTION_LIST.filter(({ scope }) => scope !== 'both');
const OF_BOTH = new Map(
  INSTRUCTION_LIST.filter(({ scope }) => scope === 'both').map((one) => [one.definition, one]),
);
const SMALLEST_CHANGES = PAIRCODES.map(({ categories }) =>
  Math.min(...categories.map(({ above, upTo }) => Math.min(Math.abs(above), Math.abs(upTo)))),
);

/**
 * Tells how to get from one pose to another, as PoseFix's automatic modifiers do (Delmas et al. 2023), in wordings of
 * our own: measures the paircodes, labels them with some tolerance, prefers the large changes, joins what both sides do,
 * and writes it down. The same poses and stream give the same text.
 *
 * @returns the text, and the changes that it asks for: each holds from source to target, or misses its interval by at
 *   most `noise` times the tolerance
 * @throws PoseRangeError if an array does not hold a whole pose at its offset
 * @throws RangeError for options out of range
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { createKinematics, jointIndex, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { instructPoseChange } from '@pose-rft/text-pose';
 *
 * const bent = new Float32Array(72);
 * bent[3 * jointIndex('left_knee')] = 1.2;
 * const target = new Float32Array(72);
 * createKinematics(SYNTHETIC_SKELETON).jointsFromAxisAngle(bent, 0, target, 0);
 * const { text } = instructPoseChange(
 *   { source: SYNTHETIC_SKELETON.restJointsMetres, target },
 *   createRandom(1),
 * );
 * console.assert(/left (knee|leg|foot)/.test(text));
 * ```
 */
export function instructPoseChange(
  pair: PosePair,
  random: Random,
  options: PoseInstructionOptions = {},
): PoseInstruction {
  const {
    noise = 1,
    statements = FEWEST_STATEMENTS + random.integer(MOST_STATEMENTS - FEWEST_STATEMENTS + 1),
  } = options;
  if (!Number.isInteger(statements) || statements < 1)
    throw new RangeError(`instructPoseChange: statements must be a positive integer, got ${statements}`);
  if (!(noise >= 0 && noise <= 1))
    throw new RangeError(`instructPoseChange: noise must be in [0, 1], got ${noise}`);
  const labelled = measurePoseChanges(pair).map(
    (value, index) =>
      value +
      noise * changeNoise(PAIRCODES[index] as (typeof PAIRCODES)[number]) * (2 * random.uniform() - 1),
  );
  const chosen = random.shuffle(chooseInstructions(labelled, statements, random));
  const keyed = chosen.flatMap(({ changes }) => changes.map((one) => [poseChangeKey(one), one] as const));
  return { text: writeInstructions(chosen, random), changes: [...new Map(keyed).values()] };
}

function chooseInstructions(labelled: Float64Array, statements: number, random: Random): Instruction[] {
  const isTrue = ({ changes }: Instruction): boolean =>
    changes.every((one) => poseChangeHolds(one, labelled[one.paircode] as number));
  const ranked = CANDIDATES.filter(isTrue)
    .map((instruction) => {
      const [{ paircode } = { paircode: 0 }] = instruction.changes;
      const size = Math.abs(labelled[paircode] as number) / (SMALLEST_CHANGES[paircode] as number);
      return { instruction, rank: Math.log(random.uniform()) / size };
    })
    .sort((first, second) => second.rank - first.rank);
  const settled = new Set<string>();
  const chosen: Instruction[] = [];
  for (const { instruction } of ranked) {
    if (chosen.length === statements) break;
    if (instruction.topics.some((topic) => settled.has(topic))) continue;
    const both = OF_BOTH.get(instruction.definition);
    const merges =
      both !== undefined &&
      isTrue(both) &&
      !both.topics.some((topic) => settled.has(topic)) &&
      random.uniform() < MERGES_SIDES;
    const said = merges ? both : instruction;
    chosen.push(said);
    for (const topic of said.topics) settled.add(topic);
  }
  return chosen;
}

function writeInstructions(instructions: readonly Instruction[], random: Random): string {
  if (instructions.length === 0) return random.pick(NOTHING_TO_DO);
  const orders = instructions.map(({ wordings }) => imperative(random.pick(wordings), random));
  const sentences: string[] = [];
  for (let index = 0; index < orders.length;) {
    const taken = index + 1 < orders.length && random.uniform() < JOINS ? 2 : 1;
    sentences.push(orders.slice(index, index + taken).join(random.pick([' and ', ', then ', ', and '])));
    index += taken;
  }
  return sentences.map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`).join(' ');
}

function imperative({ text, part }: InstructionWording, random: Random): string {
  const owner = random.pick(['your', 'your', 'the']);
  const owned = part.startsWith('both ')
    ? random.uniform() < 0.5
      ? part
      : `both of your ${part.slice('both '.length)}`
    : `${owner} ${part}`;
  return text.replace('@', owned);
}
