import { holds, type Constraint } from '../constraint/constraint.js';
import type { JointPositions } from '../posecode/measure.js';
import { ARM_FACTS } from './arm-facts.js';
import { constraintOfClaim } from './claim.js';
import type { Commonness, FactDefinition, Side } from './fact-definition.js';
import { LEG_FACTS } from './leg-facts.js';
import { phraseOf, type Phrase, type Scope } from './phrase.js';
import { WHOLE_BODY_FACTS } from './whole-body-facts.js';

/** A fact definition said of somebody's left, right, both sides, or whole body. */
export interface Fact {
  readonly name: string;
  readonly scope: Scope;
  /** Facts with a topic in common say more or less the same. */
  readonly topics: readonly string[];
  readonly commonness: Commonness;
  readonly constraints: readonly Constraint[];
  readonly phrases: readonly Phrase[];
  /** The definition that it is an instance of. */
  readonly definition: FactDefinition;
}

/** Every fact that can be said of a pose: one-sided ones, those of both sides, and those of the whole body. */
export const FACTS: readonly Fact[] = [...ARM_FACTS, ...LEG_FACTS, ...WHOLE_BODY_FACTS].flatMap(factsOf);

/** Whether all that the fact claims is true of the pose. */
export function factHolds(fact: Fact, joints: JointPositions, offset: number): boolean {
  for (const constraint of fact.constraints) if (!holds(constraint, joints, offset)) return false;
  return true;
}

/** A definition said of the left, the right and both sides, or of the whole body. */
export function factsOf(definition: FactDefinition): readonly Fact[] {
  if (!definition.sided) return [instance(definition, 'whole')];
  const scopes: readonly Scope[] = definition.pairs === false ? ['left', 'right'] : ['left', 'right', 'both'];
  return scopes.map((scope) => instance(definition, scope));
}

function instance(definition: FactDefinition, scope: Scope): Fact {
  const sides = sidesOf(scope);
  return {
    name: scope === 'whole' ? definition.name : `${scope} ${definition.name}`,
    scope,
    topics: sides.map((side) => (side === undefined ? definition.topic : `${side} ${definition.topic}`)),
    commonness: definition.commonness,
    constraints: sides.flatMap((side) => definition.claims.map((claim) => constraintOfClaim(claim, side))),
    phrases: definition.wordings.map((wording) => phraseOf(wording, scope)),
    definition,
  };
}

function sidesOf(scope: Scope): readonly (Side | undefined)[] {
  switch (scope) {
    case 'both':
      return ['left', 'right'];
    case 'whole':
      return [undefined];
    case 'left':
    case 'right':
      return [scope];
  }
}
