import { samplePose } from '@pose-rft/datasets';
import { answerConversations, conversationTurn, type ChatModel, type ConversationTurn } from '@pose-rft/mllm';
import { createRandom, type Random } from '@pose-rft/random';
import { mpjpeMillimetres } from '@pose-rft/smpl';
import { holds, measurePoseChanges, PAIRCODES, parseCaption, poseChangeHolds } from '@pose-rft/text-pose';
import { bodyJoints, DESCRIBE, drawChange, poseOf, type Change } from './pose-talk.js';

/** Questions that training never asked. */
export interface HeldOut {
  readonly described: readonly Float32Array[];
  readonly changes: readonly Change[];
}

/** What became of requests. */
export interface ChangeScore {
  readonly count: number;
  /** Answers with exactly one pose. */
  readonly answered: number;
  /** What was asked moved the way that was asked, by at least half of what is worth a word. */
  readonly followed: number;
  /** It moved as much as was asked, no less and no more. */
  readonly exact: number;
  /** Mean distance of the joints from a pose that fits, millimetres: the request says one thing, the rest should stay. */
  readonly distanceMillimetres: number;
}

export interface DescriptionScore {
  /** Statements that could be read in the answers, and those of them that are true of the pose. */
  readonly statements: number;
  readonly true: number;
}

export function drawHeldOut(random: Random, count: number): HeldOut {
  const each = <Item>(name: string, draw: (own: Random) => Item): Item[] =>
    Array.from({ length: count }, (_, index) => draw(random.split(name).split(index)));
  return {
    described: each('described', samplePose),
    changes: each('changes', (own) => drawChange(samplePose(own), own)),
  };
}

export async function scoreChanges(model: ChatModel, changes: readonly Change[]): Promise<ChangeScore> {
  const questions = changes.map(({ source, text }) => [conversationTurn('user', poseOf(source), text)]);
  const answers = await answerGreedily(model, questions);
  return judgeChanges(changes, answers.map(posesOf));
}

/** The same judgement of any poses, such as the ones that were given. */
export function judgeChanges(
  changes: readonly Change[],
  answers: readonly (readonly Float32Array[])[],
): ChangeScore {
  const score = { count: changes.length, answered: 0, followed: 0, exact: 0 };
  let distance = 0;
  changes.forEach(({ source, target, changes: asked }, index) => {
    const [pose, another] = answers[index] ?? [];
    if (pose === undefined || another !== undefined) return;
    const joints = bodyJoints(pose);
    const moved = measurePoseChanges({ source: bodyJoints(source), target: joints });
    score.answered++;
    score.exact += Number(asked.every((one) => poseChangeHolds(one, moved[one.paircode] ?? NaN)));
    score.followed += Number(
      asked.every(({ paircode, category }) => {
        const { above = 0, upTo = 0 } = PAIRCODES[paircode]?.categories[category] ?? {};
        const smallest = Math.min(...(PAIRCODES[paircode]?.categories ?? []).map((one) => Math.min(Math.abs(one.above), Math.abs(one.upTo)))); // prettier-ignore
        return Math.sign(above + upTo) * (moved[paircode] ?? NaN) >= smallest / 2;
      }),
    );
    distance += mpjpeMillimetres(joints, 0, bodyJoints(target), 0, joints.length / 3);
  });
  return { ...score, distanceMillimetres: distance / score.answered };
}

export async function scoreDescriptions(
  model: ChatModel,
  poses: readonly Float32Array[],
): Promise<DescriptionScore> {
  const answers = await answerGreedily(model, poses.map((pose) => [conversationTurn('user', poseOf(pose), DESCRIBE)])); // prettier-ignore
  return judgeDescriptions(poses, answers.map(textOf));
}

export function judgeDescriptions(
  poses: readonly Float32Array[],
  texts: readonly string[],
): DescriptionScore {
  let [statements, held] = [0, 0];
  poses.forEach((pose, index) => {
    const { constraints } = parseCaption(texts[index] ?? '');
    statements += constraints.length;
    held += constraints.filter((constraint) => holds(constraint, bodyJoints(pose), 0)).length;
  });
  return { statements, true: held };
}

async function answerGreedily(
  model: ChatModel,
  questions: readonly (readonly ConversationTurn[])[],
): Promise<readonly ConversationTurn[]> {
  const answers = await answerConversations(model, questions, { random: createRandom(0), greedy: true, maxNewTokens: 40 }); // prettier-ignore
  return answers.map(({ turn }) => turn);
}

export function posesOf({ parts }: ConversationTurn): readonly Float32Array[] {
  return parts.flatMap((part) => (part.kind === 'pose' ? [part.rotation6d] : []));
}

function textOf({ parts }: ConversationTurn): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
}
