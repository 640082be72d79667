import type { CategoryName } from '../posecode/posecode.js';

/** A side of the body, its own left or right. */
export type Side = 'left' | 'right';

/**
 * How often a fact holds over everyday poses, from the wording's point of view: captions prefer what tells most.
 * 'common' facts (a foot on the ground, a straight knee) fill a caption only when little else holds, and answers do not
 * name them at all.
 */
export type Commonness = 'rare' | 'usual' | 'common';

/** A category by name, or by its meaning for the side that it is said of. */
export type SidedCategory =
  | CategoryName
  /** left for the left side, right for the right one */
  | 'outward'
  | 'farOutward'
  | 'inward'
  /** of a posecode from left to right: this side's limb is in front, behind, higher, lower */
  | 'leads'
  | 'farLeads'
  | 'trails'
  | 'higher'
  | 'lower';

/** A posecode name, in which `{side}` and `{other}` stand for the two sides, and the category it must be in. */
export type Claim = readonly [posecodeName: string, category: SidedCategory];

/**
 * One way of saying a fact, as `subject|predicate` or `subject|predicate|predicate for both sides`, such as
 * `arm|out to the side|out to the sides`. The predicate fits behind the bare subject ("left arm raised") and behind
 * "is" ("the left arm is raised"). The subject `person` stands for the whole body and is left out where the sentence
 * has named it ("someone squatting, looking down").
 */
export type Wording = string;

/** Something that can be said of a pose: what must hold for it, and how people put it. */
export interface FactDefinition {
  readonly name: string;
  /** Whether it is said of a side; such facts also have a form for both sides unless `pairs` forbids it. */
  readonly sided: boolean;
  /** False where both sides cannot hold at once, or would mean something else. */
  readonly pairs?: boolean;
  /** What it tells about: a caption says at most one fact on a topic and side. */
  readonly topic: string;
  readonly commonness: Commonness;
  readonly claims: readonly [Claim, ...Claim[]];
  readonly wordings: readonly Wording[];
  /** Further wordings that people use and that are read, but not written: looser than what the claims measure. */
  readonly readings?: readonly Wording[];
  /** Name of a fact that holds whenever this one does and says less: "bent" for "bent at a right angle". */
  readonly coarser?: string;
  /** Facts of different joints that can share a predicate: "the left elbow and the right knee are bent". */
  readonly relation?: string;
}
