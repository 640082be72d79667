import { readingWords } from '../reading/reading-words.js';
import { INSTRUCTION_LIST } from './instructions.js';
import { poseChangeKey, type PoseChange } from './pose-change.js';

/** What an instruction asks for, as far as rules can tell. */
export interface ReadInstruction {
  /** Each change once, in the order of the text. */
  readonly changes: readonly PoseChange[];
  /** The words that told nothing, each once. */
  readonly unreadWords: readonly string[];
}

const CONJUNCTIONS: ReadonlySet<string> = new Set(['and', 'then', ',', '.', 'while', 'of']);

const CHANGES_OF_WORDS = new Map<string, readonly PoseChange[]>();
for (const { changes, wordings } of INSTRUCTION_LIST)
  for (const { text, part } of wordings) {
    // "bend both elbows", "bend your elbows".
    for (const named of part.startsWith('both ') ? [part, part.slice('both '.length)] : [part]) {
      const words = instructionWords(text.replace('@', named)).join(' ');
      if (!CHANGES_OF_WORDS.has(words)) CHANGES_OF_WORDS.set(words, changes);
    }
  }
const LONGEST = Math.max(...[...CHANGES_OF_WORDS.keys()].map((words) => words.split(' ').length));

/**
 * Reads an instruction, ours or a person's, by rules: at each word, the longest known one that starts there. All that
 * `instructPoseChange` writes is read back; what is not known is passed over.
 *
 * @example
 * ```ts
 * import { poseChangeOf, readInstruction } from '@pose-rft/text-pose';
 *
 * const { changes } = readInstruction('Please bend your left knee more, and raise both arms.');
 * console.assert(changes.length === 3);
 * console.assert(changes[0]?.paircode === poseChangeOf('angle:left_knee', 'less').paircode);
 * ```
 */
export function readInstruction(text: string): ReadInstruction {
  const words = instructionWords(text);
  const found = new Map<number, PoseChange>();
  const unread = new Set<string>();
  for (let position = 0; position < words.length;) {
    let length = Math.min(LONGEST, words.length - position);
    let changes: readonly PoseChange[] | undefined;
    for (; length > 0; length--) {
      changes = CHANGES_OF_WORDS.get(words.slice(position, position + length).join(' '));
      if (changes !== undefined) break;
    }
    for (const change of changes ?? []) found.set(poseChangeKey(change), change);
    const word = words[position] as string;
    if (changes === undefined && !CONJUNCTIONS.has(word)) unread.add(word);
    position += Math.max(1, length);
  }
  return { changes: [...found.values()], unreadWords: [...unread] };
}

/** "both of your hands" is "both hands". */
function instructionWords(text: string): string[] {
  return readingWords(text).filter((word, index, all) => !(word === 'of' && all[index - 1] === 'both'));
}
