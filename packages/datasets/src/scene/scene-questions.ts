import type { Random } from '@pose-rft/random';
import { jointIndex, type JointName } from '@pose-rft/smpl';
import { measure, posecodeIndex, POSECODES } from '@pose-rft/text-pose';
import type { Appearance } from './appearance.js';
import { VISIBILITY } from './visibility.js';

export type QuestionKind = 'count' | 'which' | 'left or right' | 'yes or no' | 'colour' | 'direction';

/** A question about a scene, with the answer that is known. Left and right are the person's own. */
export interface SceneQuestion {
  readonly kind: QuestionKind;
  readonly question: string;
  readonly answer: string;
}

/** What questions are about. */
export interface SceneFacts {
  /** [24, 3] metres in the body frame. */
  readonly bodyJoints: Float32Array;
  /** The direction of the chest in the camera's axes: x to the picture's right, y up, z to the camera. */
  readonly facing: readonly [number, number, number];
  readonly appearance: Appearance;
  /** [24] of `VISIBILITY`. */
  readonly visibility: Uint8Array;
  /** [24] 1 for joints within the picture and not behind an occluder; the body itself may cover them. */
  readonly isKnowable: Uint8Array;
  /** How much of the person occluders hide, in [0, 1]. */
  readonly hiddenFraction: number;
}

/** A question, if its answer is clear: what lies near a threshold is not asked. */
type Asker = (facts: SceneFacts) => SceneQuestion | undefined;

const NUMBERS = ['None', 'One', 'Two'] as const;

/** Whether the picture can tell the posecodes' values. */
function canTell({ isKnowable }: SceneFacts, posecodes: readonly number[]): boolean {
  return posecodes.every((posecode) =>
    (POSECODES[posecode]?.joints ?? []).every((joint) => isKnowable[jointIndex(joint)] === 1),
  );
}

function isAnySeen({ visibility }: SceneFacts, ...joints: readonly JointName[]): boolean {
  return joints.some((joint) => visibility[jointIndex(joint)] === VISIBILITY.visible);
}

/** Yes above one value, no below another, unclear between. */
function clearly(value: number, yesAbove: number, noBelow: number): boolean | undefined {
  if (value > yesAbove) return true;
  return value < noBelow ? false : undefined;
}

function count(
  question: string,
  posecodes: readonly [string, string],
  yesAbove: number,
  noBelow: number,
  sign: 1 | -1 = 1,
): Asker {
  const indices = posecodes.map(posecodeIndex);
  return (facts) => {
    if (!canTell(facts, indices)) return undefined;
    let found = 0;
    for (const index of indices) {
      const isSo = clearly(sign * measure(index, facts.bodyJoints, 0), yesAbove, noBelow);
      if (isSo === undefined) return undefined;
      if (isSo) found++;
    }
    return { kind: 'count', question, answer: `${NUMBERS[found] ?? ''}.` };
  };
}

/** The first posecode's value less the second's, if there is one, is positive where it is the left part. */
function which(
  kind: 'which' | 'left or right',
  question: string,
  part: string,
  posecodes: readonly [string, string?],
  clear: number,
): Asker {
  const indices = posecodes.filter((name) => name !== undefined).map(posecodeIndex);
  return (facts) => {
    if (!canTell(facts, indices)) return undefined;
    const [first = NaN, second = 0] = indices.map((index) => measure(index, facts.bodyJoints, 0));
    const value = first - second;
    if (!(Math.abs(value) > clear)) return undefined;
    return { kind, question, answer: `The ${value > 0 ? 'left' : 'right'} ${part}.` };
  };
}

function yesOrNo(
  question: string,
  posecode: string,
  yesAbove: number,
  noBelow: number,
  sign: 1 | -1 = 1,
): Asker {
  const index = posecodeIndex(posecode);
  return (facts) => {
    if (!canTell(facts, [index])) return undefined;
    const isSo = clearly(sign * measure(index, facts.bodyJoints, 0), yesAbove, noBelow);
    return isSo === undefined ? undefined : { kind: 'yes or no', question, answer: isSo ? 'Yes.' : 'No.' };
  };
}

/** The thresholds are those of the posecodes, with room on both sides. */
const ASKERS: readonly Asker[] = [
  count("How many of the person's knees are bent?", ['angle:left_knee', 'angle:right_knee'], -125, -150, -1),
  count(
    "How many of the person's elbows are bent?",
    ['angle:left_elbow', 'angle:right_elbow'],
    -125,
    -150,
    -1,
  ),
  count(
    'How many hands are above the head?',
    ['relativeY:left_wrist/head', 'relativeY:right_wrist/head'],
    0.15,
    0,
  ),
  count('How many feet are off the ground?', ['onGround:left_foot', 'onGround:right_foot'], 0.22, 0.08),
  which(
    'left or right',
    'Which hand is higher, the left or the right one?',
    'hand',
    ['relativeY:left_wrist/right_wrist'],
    0.15,
  ),
  which(
    'left or right',
    'Which foot is in front, the left or the right one?',
    'foot',
    ['relativeZ:left_ankle/right_ankle'],
    0.15,
  ),
  which('which', 'Which knee is bent more?', 'knee', ['angle:right_knee', 'angle:left_knee'], 25),
  which('which', 'Which elbow is bent more?', 'elbow', ['angle:right_elbow', 'angle:left_elbow'], 25),
  yesOrNo('Are the hands close together?', 'distance:left_hand/right_hand', -0.2, -0.35, -1),
  yesOrNo('Is the upper body bent forward?', 'torsoBend', 25, 12),
  yesOrNo('Are the feet far apart?', 'distance:left_ankle/right_ankle', 0.5, 0.35),
  (facts) =>
    isAnySeen(facts, 'spine2', 'spine3')
      ? {
          kind: 'colour',
          question: `What colour is the ${facts.appearance.sleeves === 'none' ? 'top' : 'shirt'}?`,
          answer: capitalised(`${facts.appearance.top}.`),
        }
      : undefined,
  (facts) =>
    isAnySeen(facts, 'left_hip', 'right_hip')
      ? {
          kind: 'colour',
          question: `What colour are the ${facts.appearance.legs === 'short' ? 'shorts' : 'trousers'}?`,
          answer: capitalised(`${facts.appearance.bottom}.`),
        }
      : undefined,
  (facts) => {
    if (!isAnySeen(facts, 'spine2', 'spine3', 'head')) return undefined;
    const [x, , z] = facts.facing;
    const answer =
      z > 0.8
        ? 'Towards the camera.'
        : z < -0.8
          ? 'Away from the camera.'
          : Math.abs(x) > 0.8
            ? `To the ${x > 0 ? 'right' : 'left'} of the picture.`
            : undefined;
    return answer === undefined
      ? undefined
      : { kind: 'direction', question: 'Which way does the person face?', answer };
  },
  ({ hiddenFraction }) => {
    const isHidden = clearly(hiddenFraction, 0.05, 1e-9);
    return isHidden === undefined
      ? undefined
      : {
          kind: 'yes or no',
          question: 'Is part of the person hidden behind something?',
          answer: isHidden ? 'Yes.' : 'No.',
        };
  },
];

/**
 * Questions about a scene whose answers are known, clear, and to be seen in the picture, in random order, at most one on each thing.
 *
 * @param limit - how many at most
 */
export function drawQuestions(facts: SceneFacts, random: Random, limit: number): readonly SceneQuestion[] {
  const questions: SceneQuestion[] = [];
  for (const ask of random.shuffle(ASKERS)) {
    if (questions.length === limit) break;
    const question = ask(facts);
    if (question !== undefined) questions.push(question);
  }
  return questions;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
