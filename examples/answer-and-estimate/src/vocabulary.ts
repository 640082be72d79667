/** Numbers are one word each. `NUMBER` stands where an answer gives its estimate, whose value is no word at all. */
const NUMBERS = [
  ...[
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
    '9',
    '10',
    '11',
    '12',
    '13',
    '14',
    '15',
    '16',
    '17',
    '18',
    '19',
    '20',
  ],
  ...[
    '21',
    '22',
    '23',
    '24',
    '25',
    '26',
    '27',
    '28',
    '29',
    '30',
    '31',
    '32',
    '33',
    '34',
    '35',
    '36',
    '37',
    '38',
    '39',
    '40',
  ],
] as const;
export const WORDS = [
  '<end>',
  'NUMBER',
  'red',
  'blue',
  'unsure',
  'by',
  'good',
  'poor',
  '?',
  ...NUMBERS,
] as const;
export type Word = (typeof WORDS)[number];

export function idOf(word: Word): number {
  return WORDS.indexOf(word);
}

export const END = idOf('<end>');
export const NUMBER = idOf('NUMBER');
export const BY = idOf('by');
