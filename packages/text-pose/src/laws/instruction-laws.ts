import { createRandom, type Random } from '@pose-rft/random';
import fc from 'fast-check';
import { instructPoseChange, type PoseInstruction } from '../instruction/instruct-pose-change.js';
import { PAIRCODES, type Paircode } from '../instruction/paircodes.js';
import {
  changeNoise,
  measurePoseChanges,
  poseChangeHolds,
  poseChangeKey,
  type PosePair,
} from '../instruction/pose-change.js';
import { readInstruction } from '../instruction/read-instruction.js';
import { uprightPoseArbitrary } from './caption-laws.js';
import { law, type Law } from './law.js';

/** An instructor and a reader under test. */
export interface InstructionSubject {
  /** Tells how to get from source to target; labels may be off by the tolerance of `labellingNoise`. */
  instruct(pair: PosePair, random: Random): PoseInstruction;
  /** The keys (`poseChangeKey`) of what a text asks for. */
  read(text: string): readonly number[];
}

const OWN: InstructionSubject = {
  instruct: (pair, random) => instructPoseChange(pair, random),
  read: (text) => readInstruction(text).changes.map(poseChangeKey),
};

/**
 * What an instructor owes: it asks only for changes that lead from source to target, up to its tolerance; says the same
 * for the same stream; asks for nothing between equal poses; and can be read back.
 *
 * @param subject - an instructor and a reader; this package's own by default
 */
export function instructionLaws(subject: InstructionSubject = OWN): readonly Law[] {
  const inputs = fc.record({
    source: uprightPoseArbitrary,
    target: uprightPoseArbitrary,
    turnDegrees: fc.integer({ min: -180, max: 180 }),
    seed: fc.integer(),
  });
  return [
    law('an instruction asks only for changes that are made, up to the tolerance', inputs, (input) => {
      const changes = measurePoseChanges(input);
      return subject
        .instruct(input, createRandom(input.seed))
        .changes.every((one) =>
          poseChangeHolds(
            one,
            changes[one.paircode] as number,
            changeNoise(PAIRCODES[one.paircode] as Paircode) + 1e-9,
          ),
        );
    }),
    law('an instruction is a function of the poses and the stream', inputs, (input) => {
      const [first, second] = [0, 1].map(() => subject.instruct(input, createRandom(input.seed)));
      return first?.text === second?.text;
    }),
    law('between equal poses nothing is asked for', inputs, ({ source, seed }) => {
      const { text, changes } = subject.instruct({ source, target: source }, createRandom(seed));
      return changes.length === 0 && text !== '';
    }),
    law('an instruction is read back: nothing lost, nothing invented', inputs, (input) => {
      const { text, changes } = subject.instruct(input, createRandom(input.seed));
      const read = new Set(subject.read(text));
      const asked = new Set(changes.map(poseChangeKey));
      return read.size === asked.size && [...asked].every((key) => read.has(key));
    }),
  ];
}
