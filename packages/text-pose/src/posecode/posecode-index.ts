import { POSECODES } from './posecodes.js';

/** Thrown when a text is not the name of a posecode. */
export class UnknownPosecodeNameError extends Error {
  override readonly name = 'UnknownPosecodeNameError';
}

const INDEX_OF_NAME: ReadonlyMap<string, number> = new Map(
  POSECODES.map((posecode, index) => [posecode.name, index]),
);

/**
 * The index in `POSECODES` of the posecode called `name`, such as `angle:left_elbow`,
 * `distance:left_hand/right_hand`, `relativeY:left_wrist/neck`, `pitchRoll:torso`, `onGround:left_foot`.
 *
 * @throws UnknownPosecodeNameError if no posecode has this name
 * @example
 * ```ts
 * import { POSECODES, posecodeIndex } from '@pose-rft/text-pose';
 *
 * console.assert(POSECODES[posecodeIndex('torsoBend')]?.kind === 'torsoBend');
 * ```
 */
export function posecodeIndex(name: string): number {
  const index = INDEX_OF_NAME.get(name);
  if (index === undefined) {
    const kind = name.split(':')[0] ?? '';
    const near = [...INDEX_OF_NAME.keys()].filter((known) => known.startsWith(kind));
    throw new UnknownPosecodeNameError(
      `There is no posecode '${name}'. Use one of: ${(near.length > 0 ? near : [...INDEX_OF_NAME.keys()]).join(', ')}.`,
    );
  }
  return index;
}
