/**
 * How many poses or answers a second each reward scores, on one core, against the target of 200,000:
 *
 *     npx tsx -C @pose-rft/source tools/bench/rewards.ts
 *
 * Processor time of this process, the least of several repetitions: other work on the machine disturbs it least. Batches
 * of 512 rows in groups of 8, with the accessors' and the scores' arrays included; poses around the rest pose, targets
 * and constraints from such poses.
 */
import { createRandom } from '@pose-rft/random';
import {
  clipped,
  combined,
  diversityReward,
  formatReward,
  gated,
  groundContactReward,
  jointLimitReward,
  jointProximityReward,
  learnLexicalWeights,
  lengthPenalty,
  poseProximityReward,
  repetitionPenalty,
  ruleSemanticReward,
  selfPenetrationReward,
  spatialReward,
  statementReward,
  textSimilarityReward,
  weighted,
  type Reward,
} from '@pose-rft/rewards';
import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { captionPose, describePose, statement, type Constraint } from '@pose-rft/text-pose';

const ROWS = 512;
const GROUP = 8;
const REPETITIONS = 25;
const MILLISECONDS_A_REPETITION = 40;
const TARGET = 200_000;
/** Of the angles, roughly: motion capture's poses are about so far from the rest pose. */
const NOISE = 0.3;

interface Prompt {
  readonly targetJoints: Float32Array;
  readonly constraints: readonly Constraint[];
  readonly facts: readonly Constraint[];
  readonly reference: string;
}
interface Action {
  readonly pose: Float32Array;
  readonly answer: string;
  readonly tokens: readonly string[];
}

const random = createRandom(1);
const kinematics = createKinematics(SYNTHETIC_SKELETON);

function somePose(): Float32Array {
  const noise = random.fillNormal(new Float32Array(144));
  return noise.map((value, index) => NOISE * value + (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
}

function jointsOf(pose: Float32Array): Float32Array {
  const joints = new Float32Array(72);
  kinematics.jointsFromRotation6d(pose, 0, joints, 0);
  return joints;
}

const prompts = Array.from({ length: ROWS / GROUP }, (): Prompt => {
  const targetJoints = jointsOf(somePose());
  const facts = describePose(targetJoints, 0);
  return {
    targetJoints,
    facts,
    constraints: facts.slice(0, 4),
    reference: captionPose(targetJoints, 0, random).text,
  };
});
const batch = {
  rows: Array.from({ length: ROWS }, (_, row) => {
    const prompt = prompts[Math.floor(row / GROUP)] as Prompt;
    const answer = `${prompt.facts
      .slice(0, 2)
      .map((fact) => statement(fact))
      .join(', ')}: <POSE>.`;
    return { prompt, action: { pose: somePose(), answer, tokens: answer.split(' ') } satisfies Action };
  }),
};

const pose6d = ({ pose }: Action): Float32Array => pose;
const target = { pose6d, targetJoints: (prompt: Prompt): Float32Array => prompt.targetJoints };
const constraints = ({ constraints: asked }: Prompt): readonly Constraint[] => asked;
const answer = (action: Action): string => action.answer;
const reference = (prompt: Prompt): string => prompt.reference;
const format = formatReward<Prompt, Action>({ answer });

const rewards: Readonly<Record<string, Reward<Prompt, Action>>> = {
  spatialReward: spatialReward(target),
  jointProximityReward: jointProximityReward(target),
  'jointProximityReward, aligned': jointProximityReward({ ...target, alignment: 'procrustes' }),
  poseProximityReward: poseProximityReward(target),
  'poseProximityReward, aligned': poseProximityReward({ ...target, alignment: 'procrustes' }),
  'ruleSemanticReward, soft': ruleSemanticReward({ pose6d, constraints }),
  'ruleSemanticReward, hard': ruleSemanticReward({ pose6d, constraints, satisfaction: 'hard' }),
  jointLimitReward: jointLimitReward({ pose6d }),
  selfPenetrationReward: selfPenetrationReward({ pose6d }),
  groundContactReward: groundContactReward({ pose6d, contacts: () => ['left foot', 'right foot'] }),
  diversityReward: diversityReward({ pose6d, constraints: () => undefined, allowsBrokenLimits: true }),
  'diversityReward, within limits': diversityReward({ pose6d, constraints }),
  formatReward: format,
  statementReward: statementReward({ answer, facts: ({ facts }: Prompt) => facts }),
  textSimilarityReward: textSimilarityReward({ answer, reference }),
  'textSimilarityReward, weighted': textSimilarityReward({
    answer,
    reference,
    weights: learnLexicalWeights(prompts.map(reference)),
  }),
  lengthPenalty: lengthPenalty({
    length: ({ tokens }: Action) => tokens.length,
    softLimit: 4,
    hardLimit: 20,
  }),
  repetitionPenalty: repetitionPenalty({ tokens: ({ tokens }: Action) => tokens }),
  'all combinators on jointProximityReward': combined([
    weighted(clipped(gated(jointProximityReward(target), { by: format }), [0, 0.9]), 0.5),
  ]),
};

/** The least processor time of a row in microseconds, over repetitions long enough to measure. */
function microsecondsARow(reward: Reward<Prompt, Action>): number {
  let passes = 1;
  for (let time = 0; time < MILLISECONDS_A_REPETITION * 1000; passes *= 2)
    time = microsecondsOf(reward, passes);
  let least = Infinity;
  for (let repetition = 0; repetition < REPETITIONS; repetition++)
    least = Math.min(least, microsecondsOf(reward, passes / 2) / ((passes / 2) * ROWS));
  return least;
}

function microsecondsOf(reward: Reward<Prompt, Action>, passes: number): number {
  const start = process.cpuUsage();
  for (let pass = 0; pass < passes; pass++) reward.score(batch);
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

console.log(
  `rows a second on one core (Node ${process.versions.node}, least of ${REPETITIONS}; target ${TARGET})`,
);
for (const [name, reward] of Object.entries(rewards)) {
  const perSecond = 1e6 / microsecondsARow(reward);
  console.log(
    `${name.padEnd(42)} ${Math.round(perSecond).toLocaleString('en-US').padStart(12)}  ` +
      `${(perSecond / TARGET).toFixed(1)} of the target${perSecond < TARGET ? ': MISSED' : ''}`,
  );
}
