import type { Side, Wording } from './fact-definition.js';
import { nameSides } from './claim.js';

/** What a wording becomes once it is known whom it is said of. */
export interface Phrase {
  /** 'left arm', 'both arms', 'feet', 'torso'; empty where the person as a whole is meant. */
  readonly subject: string;
  /** 'raised', 'on the left knee'. */
  readonly predicate: string;
  readonly isPlural: boolean;
}

/** Whom a fact is said of: one side, both, or the body as a whole. */
export type Scope = Side | 'both' | 'whole';

const PLURALS: ReadonlyMap<string, string> = new Map([
  ['foot', 'feet'],
  ['upper arm', 'upper arms'],
  ['lower arm', 'lower arms'],
  ['upper leg', 'upper legs'],
  ['lower leg', 'lower legs'],
]);
const PLURAL_SUBJECTS: ReadonlySet<string> = new Set([
  'feet',
  'legs',
  'ankles',
  'knees',
  'thighs',
  'hands',
  'palms',
  'arms',
  'wrists',
  'elbows',
  'shoulders',
]);

/** Reads a wording (see {@link Wording}) for a scope. */
export function phraseOf(wording: Wording, scope: Scope): Phrase {
  const [noun = '', singular = '', plural = singular] = wording.split('|');
  switch (scope) {
    case 'both':
      return { subject: `both ${pluralOf(noun)}`, predicate: plural, isPlural: true };
    case 'whole':
      return {
        subject: noun === 'person' ? '' : noun,
        predicate: singular,
        isPlural: PLURAL_SUBJECTS.has(noun),
      };
    case 'left':
    case 'right':
      return { subject: `${scope} ${noun}`, predicate: nameSides(singular, scope), isPlural: false };
  }
}

/** The phrase as a statement: 'left arm raised', 'looking down'. */
export function bareText({ subject, predicate }: Phrase): string {
  return subject === '' ? predicate : `${subject} ${predicate}`;
}

function pluralOf(noun: string): string {
  return PLURALS.get(noun) ?? `${noun}s`;
}
