import type { Random } from '@pose-rft/random';

/** How a caption speaks of the person: grammar of the noun and of the pronoun that stands for it later. */
export interface Person {
  /** "a man", at the first mention; always singular. */
  readonly noun: string;
  readonly pronoun: 'they' | 'he' | 'she';
  readonly possessive: 'their' | 'his' | 'her';
}

const NOUNS: readonly (readonly [pronoun: Person['pronoun'], noun: string])[] = [
  ...[
    'a person',
    'a person',
    'someone',
    'somebody',
    'the person',
    'this person',
    'a figure',
    'the figure',
    'a dancer',
    'an athlete',
    'a performer',
    'an individual',
  ].map((noun) => ['they', noun] as const),
  ...['a man', 'the man', 'a guy', 'a boy'].map((noun) => ['he', noun] as const),
  ...['a woman', 'the woman', 'a lady', 'a girl'].map((noun) => ['she', noun] as const),
];
const POSSESSIVES = { they: 'their', he: 'his', she: 'her' } as const;

/** Somebody to speak of; most often neither man nor woman, since a pose does not tell. */
export function drawPerson(random: Random): Person {
  const [pronoun, noun] = random.pick(NOUNS);
  return { noun, pronoun, possessive: POSSESSIVES[pronoun] };
}

/** "they are", "he is"; "they have", "she has"; "they keep", "he keeps". */
export function verbFor(pronoun: Person['pronoun'], verb: 'be' | 'have' | 'keep'): string {
  const isPlural = pronoun === 'they';
  switch (verb) {
    case 'be':
      return isPlural ? 'are' : 'is';
    case 'have':
      return isPlural ? 'have' : 'has';
    case 'keep':
      return isPlural ? 'keep' : 'keeps';
  }
}
