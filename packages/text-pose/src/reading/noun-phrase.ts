import { isSubject, PERSON } from './readable-phrases.js';

/** A part of the body that a text speaks of. */
export interface NounPhrase {
  /** Singular: 'arm', 'upper arm', 'torso', 'person'. */
  readonly noun: string;
  readonly side: 'left' | 'right' | 'both' | 'none' | 'unknown';
  /** How many words it takes. */
  readonly length: number;
  /** Its side is that of the limb spoken of before: "the right hand is on the head, the elbow bent". */
  readonly isSideGuessed?: boolean;
}

/** The limbs, by their parts. */
const LIMBS: readonly (readonly string[])[] = [
  ['arm', 'hand', 'elbow', 'forearm', 'upper arm', 'lower arm', 'shoulder'],
  ['leg', 'knee', 'foot', 'thigh', 'shin', 'calf', 'lower leg', 'upper leg', 'hip'],
];

const SINGULARS: ReadonlyMap<string, string> = new Map(
  ['arm', 'hand', 'elbow', 'forearm', 'leg', 'knee', 'thigh', 'shin', 'shoulder', 'hip', 'calf'].map(
    (noun) => [`${noun}s`, noun],
  ),
);
const PLURALS: ReadonlyMap<string, string> = new Map([...SINGULARS, ['feet', 'foot'], ['calves', 'calf']]);
const SIDED: ReadonlySet<string> = new Set([...PLURALS.values()]);
const WHOLE: ReadonlySet<string> = new Set([
  'torso',
  'head',
  'back',
  'chest',
  'neck',
  'chin',
  'face',
  'belly',
  'body',
  PERSON,
]);

/** What else a thing may be called where nothing is known of it by its own name. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  arm: ['hand', 'elbow'],
  hand: ['arm'],
  elbow: ['arm'],
  leg: ['foot', 'knee', 'thigh'],
  foot: ['leg'],
  knee: ['leg'],
  calf: ['shin'],
  'lower leg': ['shin'],
  'upper leg': ['thigh'],
  torso: ['upper body', 'back', PERSON],
  'upper body': ['torso', 'back', PERSON],
  back: ['torso', 'upper body'],
  chest: ['torso', 'upper body'],
  body: ['torso', 'upper body', PERSON],
  face: ['head'],
  head: ['face'],
  neck: ['head'],
};

/**
 * Reads "left arm", "both upper arms", "knees", "torso", "person", "other hand", "right one" at a position.
 *
 * @param previous - what was spoken of last: "the other one" is its counterpart
 */
export function nounPhraseAt(
  words: readonly string[],
  position: number,
  previous: NounPhrase | undefined,
): NounPhrase | undefined {
  const first = words[position];
  if (first === undefined) return undefined;
  if (
    first === 'left' ||
    first === 'right' ||
    first === 'both' ||
    first === 'other' ||
    first === 'opposite'
  ) {
    const skipped = first === 'both' && words[position + 1] === 'of' ? 2 : 1;
    const noun = sidedNounAt(words, position + skipped);
    const one = words[position + 1] === 'one';
    const side = first === 'other' || first === 'opposite' ? otherSide(previous?.side) : first;
    if (noun !== undefined) return { noun: noun.noun, side, length: skipped + noun.length };
    if (previous === undefined || !SIDED.has(baseNoun(previous.noun))) return undefined;
    // "the right one", "the other": of what was spoken of last.
    if (one) return { noun: previous.noun, side, length: 2 };
    return first === 'other' ? { noun: previous.noun, side, length: 1 } : undefined;
  }
  if (first === 'one') {
    const noun = sidedNounAt(words, position + 1);
    return noun === undefined ? undefined : { noun: noun.noun, side: 'unknown', length: 1 + noun.length };
  }
  const noun = sidedNounAt(words, position);
  if (noun !== undefined) {
    if (noun.isPlural) return { noun: noun.noun, side: 'both', length: noun.length };
    const isSameLimb =
      previous !== undefined &&
      previous.side !== 'both' &&
      LIMBS.some((parts) => parts.includes(noun.noun) && parts.includes(previous.noun));
    return isSameLimb
      ? { noun: noun.noun, side: previous.side, length: noun.length, isSideGuessed: true }
      : { noun: noun.noun, side: 'unknown', length: noun.length };
  }
  if (first === 'upper' && words[position + 1] === 'body')
    return { noun: 'upper body', side: 'none', length: 2 };
  return WHOLE.has(first) ? { noun: first, side: 'none', length: 1 } : undefined;
}

/** The subjects, as captions write them, under which to look for a predicate: its own names, then its aliases. */
export function subjectsOf({ noun, side }: NounPhrase): {
  readonly own: readonly string[];
  readonly aliases: readonly string[];
} {
  const named = (name: string): string[] => {
    const names =
      side === 'both'
        ? [pluralOf(name), `both ${pluralOf(name)}`]
        : side === 'left' || side === 'right'
          ? [`${side} ${name}`]
          : side === 'unknown'
            ? []
            : [name];
    return names.filter(isSubject);
  };
  return { own: named(noun), aliases: (ALIASES[noun] ?? []).flatMap(named) };
}

/** The plural of a part of the body: 'feet', 'upper arms'. */
export function pluralOf(noun: string): string {
  return noun.endsWith('foot') ? noun.replace('foot', 'feet') : `${noun}s`;
}

function sidedNounAt(
  words: readonly string[],
  position: number,
): { readonly noun: string; readonly isPlural: boolean; readonly length: number } | undefined {
  const word = words[position] ?? '';
  if (word === 'upper' || word === 'lower') {
    const next = sidedNounAt(words, position + 1);
    return next !== undefined && (next.noun === 'arm' || next.noun === 'leg')
      ? { ...next, noun: `${word} ${next.noun}`, length: 2 }
      : undefined;
  }
  const singular = PLURALS.get(word);
  if (singular !== undefined) return { noun: singular, isPlural: true, length: 1 };
  return SIDED.has(word) ? { noun: word, isPlural: false, length: 1 } : undefined;
}

function baseNoun(noun: string): string {
  return noun.split(' ').at(-1) ?? noun;
}

function otherSide(side: NounPhrase['side'] | undefined): NounPhrase['side'] {
  if (side === 'left') return 'right';
  return side === 'right' ? 'left' : 'unknown';
}
