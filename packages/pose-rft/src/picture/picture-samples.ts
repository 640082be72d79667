import {
  malformedAnswer,
  POSE_TOKEN,
  samplePose,
  type PoseSample,
  type SyntheticSplit,
} from '@pose-rft/datasets';
import { createRandom, type Random } from '@pose-rft/random';
import { createKinematics, JOINT_COUNT, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { describePose, holds, normaliseSentence, statement, type Constraint } from '@pose-rft/text-pose';
import { pictureEvidence } from './picture-evidence.js';
import { pictureQuestion } from './picture-question.js';
import type { PictureSenses } from './picture-senses.js';
import type { PictureView } from './picture-views.js';

/** A question about a picture with an answer, and the number of the crop that it is about. */
export interface PictureSample extends PoseSample {
  readonly cropIndex: number;
}

/** As in the evidence set: what leaves reinforcement learning something to mend. */
const MALFORMED_FRACTION = 0.12;
const WRONG_FACT_FRACTION = 0.15;
const FACTS_NAMED = 2;

const kinematics = createKinematics(SYNTHETIC_SKELETON);

/**
 * Questions about pictures of rendered people, with answers: two facts, then the pose. One answer in eight of the
 * training split breaks the format, and one in seven names a wrong fact, as in the evidence set.
 */
export function pictureSamples(
  views: readonly PictureView[],
  senses: PictureSenses,
  options: { readonly seed: number; readonly split: SyntheticSplit },
): readonly PictureSample[] {
  const { seed, split } = options;
  const stream = createRandom(seed).split('picture questions').split(split);
  return views.map((view) => {
    const { cropIndex, isMirrored } = view;
    const random = stream.split(`${cropIndex}${isMirrored ? ' mirrored' : ''}`);
    return { ...pictureSample(view, pictureEvidence(senses, view), random, split), cropIndex };
  });
}

function pictureSample(
  { pose6d, jointsMetres }: PictureView,
  evidence: Float32Array,
  random: Random,
  split: SyntheticSplit,
): PoseSample {
  const bodyJoints = new Float32Array(3 * JOINT_COUNT);
  kinematics.jointsFromRotation6d(pose6d, 0, bodyJoints, 0, { globalOrientation: 'identity' });
  const facts = describePose(bodyJoints, 0);
  const isTraining = split === 'train';
  const named = [...drawFacts(facts, random)];
  if (isTraining && named.length > 0 && random.uniform() < WRONG_FACT_FRACTION)
    named[random.integer(named.length)] = drawWrongFact(bodyJoints, random);
  const answer = `${named.map((fact) => statement(fact, random)).join(' , ')} : ${POSE_TOKEN} .`;
  return {
    prompt: {
      kind: 'evidence-to-pose',
      question: normaliseSentence(pictureQuestion(random)).join(' '),
      evidence,
      constraints: facts,
      targetJoints: jointsMetres,
      targetPose6d: pose6d,
    },
    answer: isTraining && random.uniform() < MALFORMED_FRACTION ? malformedAnswer(answer, random) : answer,
  };
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
  const otherJoints = new Float32Array(3 * JOINT_COUNT);
  for (;;) {
    kinematics.jointsFromRotation6d(samplePose(random), 0, otherJoints, 0, { globalOrientation: 'identity' });
    const wrong = describePose(otherJoints, 0).filter((fact) => !holds(fact, joints, 0));
    if (wrong.length > 0) return random.pick(wrong);
  }
}
