import { MotionFileError } from './motion-file-error.js';

/** A line that says something: neither empty nor a comment. */
export interface MotionFileLine {
  /** Counted from 1. */
  readonly number: number;
  /** At least one. */
  readonly words: readonly string[];
}

/** Larger than any angle in degrees or length that a real file holds; keeps what is computed from it finite. */
const LARGEST_NUMBER = 1e6;

/** The lines of an ASF or AMC file, split at white space; what follows a `#` is a comment. */
export function* motionFileLines(text: string): Generator<MotionFileLine> {
  let number = 0;
  for (const line of text.split('\n')) {
    number++;
    const hash = line.indexOf('#');
    const content = (hash < 0 ? line : line.slice(0, hash)).trim();
    if (content !== '') yield { number, words: content.split(/\s+/) };
  }
}

/** How a word or its absence is shown in an error. */
export function shown(word: string | undefined): string {
  if (word === undefined) return 'nothing';
  return `'${word.length > 40 ? `${word.slice(0, 37)}...` : word}'`;
}

/** @throws MotionFileError unless the word is a finite number of a reasonable size */
export function parseNumber(word: string | undefined, file: string, line: number, field: string): number {
  const value = word === undefined || word === '' ? NaN : Number(word);
  if (!(Math.abs(value) <= LARGEST_NUMBER))
    throw new MotionFileError(file, line, field, `a number within +-${LARGEST_NUMBER}`, shown(word));
  return value;
}
