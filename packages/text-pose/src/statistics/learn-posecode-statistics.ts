import { holdsForValue } from '../constraint/constraint.js';
import { labelPose } from '../detailed-caption/label-pose.js';
import { DETAILED_FACTS } from '../detailed-fact/detailed-facts.js';
import { DETAILED_POSTURES } from '../detailed-fact/detailed-postures.js';
import { POSE_STRIDE, type JointPositions } from '../posecode/measure.js';
import { measurePose, type PoseRotations } from '../posecode/measure-pose.js';
import { PoseRangeError } from '../posecode/assert-pose.js';
import { POSTURE_PREFIX, postureKey, type PosecodeStatistics } from './posecode-statistics.js';

export interface StatisticsOptions {
  /** [N, 24, 6] rotations of the same poses: without them nothing is learned about the turn of the head. */
  readonly pose6d?: PoseRotations['pose6d'];
  /** Smallest confidence of a rule with one premise. Default 0.7, PoseScript's. */
  readonly singleConfidence?: number;
  /** Smallest confidence of a rule with two premises. Default 0.8, PoseScript's. */
  readonly pairConfidence?: number;
  /** Fewest poses in which the premises hold. Default 50, PoseScript's. */
  readonly fewestPoses?: number;
  /** How many rules with two premises to keep, the most telling ones. Default 1500. */
  readonly mostPairRules?: number;
}

/** Conclusions that hold on more poses than this need no rule with two premises: they are hardly ever said anyway. */
const COMMON_SHARE = 0.5;

/**
 * Counts how often each fact and posture holds over a set of poses, and which imply which: A => C where C holds on at
 * least 70 % of the poses with A, and A and B => C from 80 % on, each seen on 50 poses or more (PoseScript's "ripple
 * effect" rules; Delmas et al. 2022, supplement). Facts on both sides count once a side.
 *
 * @param joints - [N, 24, 3] metres, in the frame that captions will be written in
 * @throws PoseRangeError if the array does not hold whole poses, at least one
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { learnPosecodeStatistics } from '@pose-rft/text-pose';
 *
 * const { names, shares } = learnPosecodeStatistics(SYNTHETIC_SKELETON.restJointsMetres);
 * console.assert(shares[names.indexOf('left elbow straight')] === 1);
 * ```
 */
export function learnPosecodeStatistics(
  joints: JointPositions,
  options: StatisticsOptions = {},
): PosecodeStatistics {
  const poseCount = joints.length / POSE_STRIDE;
  if (!Number.isInteger(poseCount) || poseCount < 1)
    throw new PoseRangeError(
      `Statistics need whole poses of ${POSE_STRIDE} numbers each, at least one; found ${joints.length} numbers.`,
    );
  const { singleConfidence = 0.7, pairConfidence = 0.8, fewestPoses = 50, mostPairRules = 1500 } = options;
  const items = [
    ...DETAILED_FACTS.filter(({ scope }) => scope !== 'both'),
    ...DETAILED_POSTURES.map((posture) => ({ ...posture, name: postureKey(posture.name) })),
  ];
  const wordCount = Math.ceil(poseCount / 32);
  const bits = items.map(() => new Uint32Array(wordCount));
  for (let pose = 0; pose < poseCount; pose++) {
    const offset = pose * POSE_STRIDE;
    const rotations =
      options.pose6d === undefined ? undefined : { pose6d: options.pose6d, poseOffset: 2 * offset };
    const labelled = labelPose(measurePose(joints, offset, rotations));
    items.forEach(({ constraints }, item) => {
      if (constraints.every((one) => holdsForValue(one, labelled[one.posecode] as number)))
        setBit(bits[item] as Uint32Array, pose);
    });
  }

  const seen = items
    .map(({ name, constraints }, item) => {
      const set = bits[item] as Uint32Array;
      return { name, set, count: countBits(set), posecodes: constraints.map(({ posecode }) => posecode) };
    })
    .filter(({ count }) => count > 0);
  const isConclusion = seen.map(({ name }) => !name.startsWith(POSTURE_PREFIX));
  const singleRules = findSingleRules(seen, isConclusion, singleConfidence, fewestPoses);
  return {
    poseCount,
    names: seen.map(({ name }) => name),
    shares: seen.map(({ count }) => Number((count / poseCount).toPrecision(3))),
    singleRules,
    pairRules: findPairRules(seen, isConclusion, singleRules, {
      confidence: pairConfidence,
      fewestPoses,
      mostRules: mostPairRules,
      commonCount: COMMON_SHARE * poseCount,
    }),
  };
}

interface Seen {
  readonly name: string;
  readonly set: Uint32Array;
  readonly count: number;
  readonly posecodes: readonly number[];
}

function findSingleRules(
  seen: readonly Seen[],
  isConclusion: readonly boolean[],
  confidence: number,
  fewestPoses: number,
): [number, number][] {
  const rules: [number, number][] = [];
  seen.forEach((premise, a) => {
    if (premise.count < fewestPoses) return;
    seen.forEach((conclusion, c) => {
      if (a === c || isConclusion[c] !== true) return;
      if (countCommon(premise.set, conclusion.set) >= confidence * premise.count) rules.push([a, c]);
    });
  });
  return rules;
}

interface PairRuleOptions {
  readonly confidence: number;
  readonly fewestPoses: number;
  readonly mostRules: number;
  readonly commonCount: number;
}

/** The rules that save most: those whose premises are often seen together and whose conclusion is rare by itself. */
function findPairRules(
  seen: readonly Seen[],
  isConclusion: readonly boolean[],
  singleRules: readonly (readonly [number, number])[],
  { confidence, fewestPoses, mostRules, commonCount }: PairRuleOptions,
): [number, number, number][] {
  const implied = new Set(singleRules.map(([a, c]) => a * seen.length + c));
  const found: { readonly rule: [number, number, number]; readonly gain: number }[] = [];
  const both = new Uint32Array(seen[0]?.set.length ?? 0);
  for (let a = 0; a < seen.length; a++) {
    const first = seen[a] as Seen;
    if (first.count < fewestPoses || first.count > commonCount) continue;
    for (let b = a + 1; b < seen.length; b++) {
      const second = seen[b] as Seen;
      if (second.count < fewestPoses || second.count > commonCount) continue;
      if (implied.has(a * seen.length + b) || implied.has(b * seen.length + a)) continue;
      if (first.posecodes.some((posecode) => second.posecodes.includes(posecode))) continue;
      const count = intersect(first.set, second.set, both);
      if (count < fewestPoses) continue;
      for (let c = 0; c < seen.length; c++) {
        const third = seen[c] as Seen;
        if (c === a || c === b || isConclusion[c] !== true) continue;
        if (third.count < confidence * count || third.count > commonCount) continue;
        if (implied.has(a * seen.length + c) || implied.has(b * seen.length + c)) continue;
        if (countCommon(both, third.set) < confidence * count) continue;
        found.push({ rule: [a, b, c], gain: count / third.count });
      }
    }
  }
  return found
    .sort((first, second) => second.gain - first.gain)
    .slice(0, mostRules)
    .map(({ rule }) => rule);
}

function setBit(set: Uint32Array, index: number): void {
  const word = index >>> 5;
  set[word] = ((set[word] as number) | (1 << (index & 31))) >>> 0;
}

function countBits(set: Uint32Array): number {
  let count = 0;
  for (let word = 0; word < set.length; word++) count += bitsOfWord(set[word] as number);
  return count;
}

function countCommon(first: Uint32Array, second: Uint32Array): number {
  let count = 0;
  for (let word = 0; word < first.length; word++)
    count += bitsOfWord((first[word] as number) & (second[word] as number));
  return count;
}

function intersect(first: Uint32Array, second: Uint32Array, target: Uint32Array): number {
  let count = 0;
  for (let word = 0; word < first.length; word++) {
    const common = (first[word] as number) & (second[word] as number);
    target[word] = common;
    count += bitsOfWord(common);
  }
  return count;
}

/** The number of ones, summed pairwise within the word. */
function bitsOfWord(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
