import type { Random } from '@pose-rft/random';
import { clamp, type Environment, type ParameterisedAction, type Transition } from './environment.js';
import {
  BALL_RADIUS,
  ballIsIn,
  canCatch,
  canKick,
  directionTo,
  distance,
  goalDistance,
  KICKABLE_DISTANCE,
  keeperStart,
  kickTowards,
  moveBodies,
  moveKeeper,
  PITCH,
  type Body,
  type Player,
} from './soccer.js';

/**
 * Robot soccer goal (Masson et al., "Reinforcement Learning with Parameterized Actions", arXiv 1509.01644): one player
 * with the ball against a keeper. Kicks to a point (and goes after the ball until it lies still in reach), or shoots at
 * a height of the goal line. 50 for a goal; if the keeper catches the ball, or it leaves the pitch, minus its distance
 * from the goal. Boxes of the parameters are those of the gym environment `Goal-v0`.
 */
export interface GoalState {
  readonly player: Readonly<Player>;
  readonly keeper: Readonly<Player>;
  readonly ball: Readonly<Body>;
  readonly decisions: number;
}

const KICK_TO = 0;
const GOAL_REWARD = 50;
const STILL_SPEED = 0.1;
const MAX_DECISIONS = 100;
/** No decision comes near it: the ball is still after some 60 ticks, and the player walks 0.1 metres a tick. */
const MAX_TICKS = 2000;
const SHOT = { low: [-PITCH.goalHalfWidth], high: [PITCH.goalHalfWidth] };

const KICK = { name: 'kick-to', low: [0, -PITCH.halfWidth], high: [2 * PITCH.length, PITCH.halfWidth] };
const [LEFT, RIGHT] = [
  { name: 'shoot-goal-left', ...SHOT },
  { name: 'shoot-goal-right', ...SHOT },
];
const shared = { observationSize: 17, measure: 'success', reset, observe } as const;

/** As the paper describes it. */
export const goal: Environment<GoalState> = {
  ...shared,
  name: 'Goal',
  choices: [KICK, LEFT, RIGHT],
  step: (state, action, random) => step(state, targetOf(action), action.choice, random),
};

/**
 * As the code behind the published figures plays it, the paper's own and `Goal-v0` alike: kick-to(x, y) passes on its
 * first number only, and the ball goes to the point (x, x). That takes away the hard diagonal shot into a corner, which
 * beats the keeper from anywhere, and makes the problem much harder.
 */
export const goalAsPublished: Environment<GoalState> = {
  ...shared,
  name: 'Goal-v0',
  // As in the publications, the untrained policy kicks ahead, and shoots a metre inside the posts.
  choices: [
    { ...KICK, start: [5, 0] },
    { ...LEFT, start: [PITCH.goalHalfWidth - 1] },
    { ...RIGHT, start: [1 - PITCH.goalHalfWidth] },
  ],
  step: (state, action, random) => {
    const target = targetOf(action);
    const aimed = action.choice === KICK_TO ? { x: target.x, y: target.x } : target;
    return step(state, aimed, action.choice, random);
  },
};

function reset(random: Random): GoalState {
  const start = { x: 0, y: PITCH.halfWidth * (2 * random.uniform() - 1) };
  const orientationRadians = directionTo(start, { x: PITCH.length, y: 0 });
  const ball = {
    x: start.x + KICKABLE_DISTANCE * Math.cos(orientationRadians),
    y: start.y + KICKABLE_DISTANCE * Math.sin(orientationRadians),
  };
  const keeper = keeperStart(ball);
  const atRest = { velocityX: 0, velocityY: 0 };
  return {
    player: { ...start, ...atRest, orientationRadians },
    keeper: { ...keeper, ...atRest, orientationRadians: directionTo(keeper, ball) },
    ball: { ...ball, ...atRest },
    decisions: 0,
  };
}

function observe({ player, keeper, ball }: GoalState): readonly number[] {
  const place = ({ x, y }: Readonly<Body>): number[] => [(2 * x) / PITCH.length - 1, y / PITCH.halfWidth];
  const velocity = (body: Readonly<Body>, scale: number): number[] => [
    body.velocityX / scale,
    body.velocityY / scale,
  ];
  const apart = Math.max(1e-6, distance(ball, keeper));
  return [
    ...place(player),
    ...velocity(player, 1),
    player.orientationRadians / Math.PI,
    ...place(keeper),
    ...velocity(keeper, 1),
    keeper.orientationRadians / Math.PI,
    ...place(ball),
    ...velocity(ball, 3),
    (ball.x - keeper.x) / apart,
    (ball.y - keeper.y) / apart,
    keeperShadow(keeper, ball) / PITCH.goalHalfWidth,
  ];
}

/** Where the line from the ball through the keeper meets the goal line: the middle of what the keeper covers. */
function keeperShadow(keeper: Readonly<Body>, ball: Readonly<Body>): number {
  const { goalHalfWidth, length } = PITCH;
  const forward = keeper.x - ball.x;
  if (Math.abs(forward) < 1e-6) return Math.sign(keeper.y - ball.y) * goalHalfWidth;
  const slope = (keeper.y - ball.y) / forward;
  return clamp(ball.y + slope * (length - ball.x), -goalHalfWidth, goalHalfWidth);
}

function step(
  state: GoalState,
  target: { readonly x: number; readonly y: number },
  choice: number,
  random: Random,
): Transition<GoalState> {
  const player = { ...state.player };
  const keeper = { ...state.keeper };
  const ball = { ...state.ball };
  const decisions = state.decisions + 1;
  const ended = (reward: number, success: boolean): Transition<GoalState> => ({
    state: { player, keeper, ball, decisions },
    reward,
    done: true,
    success,
  });
  if (decisions >= MAX_DECISIONS) return ended(-goalDistance(ball), false);
  for (let tick = 0; tick < MAX_TICKS; tick++) {
    kickTowards(player, ball, target, random);
    moveKeeper(keeper, ball, random);
    moveBodies(player, keeper, ball);
    if (ballIsIn(ball, 'net')) return ended(GOAL_REWARD, true);
    if (canCatch(keeper, ball) || !ballIsIn(ball, 'pitch')) return ended(-goalDistance(ball), false);
    const lies = Math.hypot(ball.velocityX, ball.velocityY) <= STILL_SPEED && canKick(player, ball);
    // A shot is played out; whoever only kicks may decide again once the ball lies still at his feet.
    if (choice === KICK_TO && lies)
      return { state: { player, keeper, ball, decisions }, reward: 0, done: false, success: false };
  }
  return ended(-goalDistance(ball), false);
}

function targetOf({ choice, parameters: [first = 0, second = 0] }: ParameterisedAction): {
  readonly x: number;
  readonly y: number;
} {
  if (choice !== KICK_TO)
    return {
      x: PITCH.length + BALL_RADIUS,
      y: clamp(first, -PITCH.goalHalfWidth, PITCH.goalHalfWidth),
    };
  return {
    x: clamp(first, 0, 2 * PITCH.length),
    y: clamp(second, -PITCH.halfWidth, PITCH.halfWidth),
  };
}
