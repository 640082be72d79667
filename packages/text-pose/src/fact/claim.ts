import { match } from 'ts-pattern';
import { constraintOf, type Constraint } from '../constraint/constraint.js';
import type { CategoryName } from '../posecode/posecode.js';
import type { Claim, Side, SidedCategory } from './fact-definition.js';

/** A template with `{side}` and `{other}` filled in; one without them stays as it is. */
export function nameSides(template: string, side: Side | undefined): string {
  if (side === undefined) return template;
  return template.replaceAll('{side}', side).replaceAll('{other}', side === 'left' ? 'right' : 'left');
}

/** What a claim, said of a side (or of none), asks of a pose. */
export function constraintOfClaim([posecodeName, category]: Claim, side: Side | undefined): Constraint {
  return constraintOf(nameSides(posecodeName, side), categoryForSide(category, side === 'right'));
}

function categoryForSide(category: SidedCategory, isRight: boolean): CategoryName {
  return match<SidedCategory, CategoryName>(category)
    .with('outward', () => (isRight ? 'right' : 'left'))
    .with('farOutward', () => (isRight ? 'farRight' : 'farLeft'))
    .with('inward', () => (isRight ? 'left' : 'right'))
    .with('leads', () => (isRight ? 'behind' : 'inFront'))
    .with('farLeads', () => (isRight ? 'farBehind' : 'farInFront'))
    .with('trails', () => (isRight ? 'inFront' : 'behind'))
    .with('higher', () => (isRight ? 'below' : 'above'))
    .with('lower', () => (isRight ? 'above' : 'below'))
    .otherwise((plain) => plain);
}
