import { factsOf, type Fact } from '../fact/facts.js';
import { DIRECTION_FACTS } from './directions.js';
import { DISTANCE_FACTS } from './distances.js';
import { JOINT_ANGLE_FACTS } from './joint-angles.js';
import { LIMB_ATTITUDE_FACTS } from './limb-attitudes.js';
import { SLOPE_AND_GROUND_FACTS } from './slopes-and-ground.js';
import { TORSO_AND_HEAD_FACTS } from './torso-and-head.js';

/** All that detailed captions can state, by the categories of PoseScript: of one side, of both, of the whole body. */
export const DETAILED_FACTS: readonly Fact[] = [
  ...LIMB_ATTITUDE_FACTS,
  ...JOINT_ANGLE_FACTS,
  ...TORSO_AND_HEAD_FACTS,
  ...DISTANCE_FACTS,
  ...DIRECTION_FACTS,
  ...SLOPE_AND_GROUND_FACTS,
].flatMap(factsOf);

const BY_NAME: ReadonlyMap<string, Fact> = new Map(DETAILED_FACTS.map((fact) => [fact.name, fact]));

/** The detailed fact of that name, such as "left elbow bent" or "both hand above head"; undefined if there is none. */
export function detailedFact(name: string): Fact | undefined {
  return BY_NAME.get(name);
}
