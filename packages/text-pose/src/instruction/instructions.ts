import type { Side } from '../fact/fact-definition.js';
import type { Scope } from '../fact/phrase.js';
import { nameSides } from '../fact/claim.js';
import { INSTRUCTIONS, type InstructionDefinition } from './instruction-definitions.js';
import { poseChangeOf, type PoseChange } from './pose-change.js';

/** An instruction for somebody's left, right, both sides, or whole body. */
export interface Instruction {
  readonly scope: Scope;
  readonly definition: InstructionDefinition;
  readonly topics: readonly string[];
  readonly changes: readonly PoseChange[];
  /** How to put it, `@` standing for the part of the body. */
  readonly wordings: readonly InstructionWording[];
}

export interface InstructionWording {
  readonly text: string;
  /** 'left elbow', 'both elbows', 'hands'; empty where the text names it. */
  readonly part: string;
}

/** Every instruction that can be given. */
export const INSTRUCTION_LIST: readonly Instruction[] = INSTRUCTIONS.flatMap((definition) =>
  (definition.sided ? (['left', 'right', 'both'] as const) : (['whole'] as const)).map(
    (scope: Scope): Instruction => {
      const sides = sidesOf(scope);
      return {
        scope,
        definition,
        topics: sides.map((side) => (side === undefined ? definition.topic : `${side} ${definition.topic}`)),
        changes: sides.map((side) => poseChangeOf(nameSides(definition.paircode, side), definition.category)),
        wordings: definition.wordings.map((wording) => {
          const [noun = '', text = ''] = wording.split('|');
          return { text, part: partOf(noun, scope) };
        }),
      };
    },
  ),
);

function partOf(noun: string, scope: Scope): string {
  if (noun === '' || scope === 'whole') return noun;
  if (scope === 'both') return `both ${noun === 'foot' ? 'feet' : `${noun}s`}`;
  return `${scope} ${noun}`;
}

function sidesOf(scope: Scope): readonly (Side | undefined)[] {
  if (scope === 'both') return ['left', 'right'];
  return [scope === 'whole' ? undefined : scope];
}
