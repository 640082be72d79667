import { createRandom, type Random } from '@pose-rft/random';
import { createKinematics, JOINT_COUNT, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { captionPose, describePose, holds, statement, type Constraint } from '@pose-rft/text-pose';
import { jointEvidence } from '../evidence/joint-evidence.js';
import { samplePose } from '../pose/sample-pose.js';
import { evidenceAnswer, malformedAnswer, textAnswer } from '../prompt/answer.js';
import type { PoseSample } from '../prompt/pose-prompt.js';
import { evidenceQuestion, textQuestion } from '../prompt/question.js';

/** Independent streams of samples: no sample of one split depends on another split. */
export type SyntheticSplit = 'train' | 'validation' | 'test';

export interface SyntheticSetOptions {
  /** How many samples; kinds alternate, `evidence-to-pose` first. */
  readonly count: number;
  /** Any safe integer. */
  readonly seed: number;
  readonly split: SyntheticSplit;
  /**
   * Share of the answers that are malformed (a missing or doubled `<POSE>`, a missing full stop), in [0, 1]: what
   * leaves reinforcement learning something to mend. Default 0.12 for `train`, 0 otherwise.
   */
  readonly malformedFraction?: number;
  /** Share of the answers to evidence of which one fact is wrong, in [0, 1]. Default 0.15 for `train`, 0 otherwise. */
  readonly wrongFactFraction?: number;
}

/** Thrown for a size or a share that no set can have. */
export class SyntheticSetError extends Error {
  override readonly name = 'SyntheticSetError';
}

const DEFAULT_MALFORMED_FRACTION = 0.12;
const DEFAULT_WRONG_FACT_FRACTION = 0.15;
const FACTS_NAMED = 2;

const kinematics = createKinematics(SYNTHETIC_SKELETON);

/**
 * Questions about poses with answers, made from nothing but a seed: poses from {@link samplePose}, captions and facts
 * from posecodes, evidence from the joints. Sample i depends on `seed`, `split` and i alone, so a larger set starts with
 * the smaller one.
 *
 * - `text-to-pose`: the question is a caption, bare or after a request; the answer opens politely and gives the pose.
 * - `evidence-to-pose`: the question comes with {@link jointEvidence}; the answer names two facts, then the pose.
 *
 * About 0.2 ms a sample.
 *
 * @throws SyntheticSetError for a count that is no integer >= 0, or a share outside [0, 1]
 * @throws RangeError if the seed is not a safe integer
 * @example
 * ```ts
 * import { createSyntheticSet } from '@pose-rft/datasets';
 *
 * const samples = createSyntheticSet({ count: 4, seed: 1, split: 'test' });
 * for (const { prompt, answer } of samples) console.log(`${prompt.question} -> ${answer}`);
 * console.assert(samples.every(({ answer }) => answer.endsWith('<POSE> .')));
 * ```
 */
export function createSyntheticSet(options: SyntheticSetOptions): readonly PoseSample[] {
  const { count, seed, split } = options;
  const isTraining = split === 'train';
  const malformedFraction = options.malformedFraction ?? (isTraining ? DEFAULT_MALFORMED_FRACTION : 0);
  const wrongFactFraction = options.wrongFactFraction ?? (isTraining ? DEFAULT_WRONG_FACT_FRACTION : 0);
  if (!Number.isInteger(count) || count < 0)
    throw new SyntheticSetError(`count is ${count}; expected an integer >= 0.`);
  for (const [name, share] of Object.entries({ malformedFraction, wrongFactFraction }))
    if (!(share >= 0 && share <= 1))
      throw new SyntheticSetError(`${name} is ${share}; expected a share in [0, 1].`);

  const stream = createRandom(seed).split(split);
  return Array.from({ length: count }, (_, index) => {
    const random = stream.split(index);
    const sample = index % 2 === 0 ? evidenceSample(random, wrongFactFraction) : textSample(random);
    const isMalformed = random.uniform() < malformedFraction;
    return isMalformed ? { ...sample, answer: malformedAnswer(sample.answer, random) } : sample;
  });
}

function textSample(random: Random): PoseSample {
  const { pose6d, bodyJoints } = drawDescribablePose(random);
  const { text, constraints } = captionPose(bodyJoints, 0, random);
  pose6d.set([1, 0, 0, 0, 1, 0]);
  return {
    prompt: {
      kind: 'text-to-pose',
      question: textQuestion(text, random),
      constraints,
      targetJoints: bodyJoints,
      targetPose6d: pose6d,
    },
    answer: textAnswer(random),
  };
}

function evidenceSample(random: Random, wrongFactFraction: number): PoseSample {
  const { pose6d, bodyJoints, facts } = drawDescribablePose(random);
  const targetJoints = new Float32Array(3 * JOINT_COUNT);
  kinematics.jointsFromRotation6d(pose6d, 0, targetJoints, 0);
  const named = [...drawFacts(facts, random)];
  if (random.uniform() < wrongFactFraction)
    named[random.integer(named.length)] = drawWrongFact(bodyJoints, random);
  return {
    prompt: {
      kind: 'evidence-to-pose',
      question: evidenceQuestion(random),
      evidence: jointEvidence(targetJoints, random),
      constraints: facts,
      targetJoints,
      targetPose6d: pose6d,
    },
    answer: evidenceAnswer(named.map((fact) => statement(fact, random))),
  };
}

interface DescribablePose {
  readonly pose6d: Float32Array;
  /** Joints in the body frame: the root's orientation taken away. */
  readonly bodyJoints: Float32Array;
  readonly facts: readonly Constraint[];
}

/** A pose of which at least two facts about different measurements can be told. */
function drawDescribablePose(random: Random): DescribablePose {
  for (;;) {
    const pose6d = samplePose(random);
    const bodyJoints = new Float32Array(3 * JOINT_COUNT);
    kinematics.jointsFromRotation6d(pose6d, 0, bodyJoints, 0, { globalOrientation: 'identity' });
    const facts = describePose(bodyJoints, 0);
    if (new Set(facts.map(({ posecode }) => posecode)).size >= FACTS_NAMED)
      return { pose6d, bodyJoints, facts };
  }
}

/** Facts about different measurements: "elbow bent, elbow at a right angle" would say one thing twice. */
function drawFacts(facts: readonly Constraint[], random: Random): readonly Constraint[] {
  const chosen = new Map<number, Constraint>();
  for (const fact of random.shuffle(facts)) {
    if (chosen.size === FACTS_NAMED) break;
    if (!chosen.has(fact.posecode)) chosen.set(fact.posecode, fact);
  }
  return [...chosen.values()];
}

/** A fact of some other pose that is false of this one: as plausible as the true ones. */
function drawWrongFact(joints: Float32Array, random: Random): Constraint {
  for (;;) {
    const wrong = drawDescribablePose(random).facts.filter((fact) => !holds(fact, joints, 0));
    if (wrong.length > 0) return random.pick(wrong);
  }
}
