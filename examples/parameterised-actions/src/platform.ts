import type { Random } from '@pose-rft/random';
import { clamp, type Environment, type ParameterisedAction, type Transition } from './environment.js';

/**
 * Platform (Masson et al., "Reinforcement Learning with Parameterized Actions", arXiv 1509.01644): run, hop and leap
 * over three platforms and the two gaps between them, past an enemy that patrols each of the first two. The reward is
 * the distance gained as a share of the whole, so a return of 1 is the far end. Falling or touching an enemy ends it.
 * Sizes are those of the version that the published figures come from (the gym environment `Platform-v0`).
 *
 * Positions are those of left lower corners.
 */
export interface PlatformState {
  readonly x: number;
  /** 40 on any platform. */
  readonly y: number;
  readonly velocityX: number;
  readonly velocityY: number;
  readonly enemyX: readonly [number, number];
  readonly enemyVelocity: readonly [number, number];
  /** Decisions taken so far. */
  readonly decisions: number;
}

const PLATFORMS = [
  { start: 0, width: 250, gapAfter: 225 },
  { start: 475, width: 275, gapAfter: 235 },
  { start: 985, width: 50, gapAfter: 0 },
] as const;
const SURFACE = 40;
const FAR_END = 1035;
const BODY_WIDTH = 20;
const BODY_HEIGHT = 30;
const TICK_SECONDS = 0.05;
const RUN_TICKS = 20;
const GRAVITY = 9.8;
/** Horizontal velocity decays by this factor a tick. */
const VELOCITY_DECAY = 0.99;
const MAX_RUN_SPEED = 70;
const MAX_SPEED = 100;
const MAX_CLIMB = 200;
/** The most that one push may change the horizontal velocity. */
const MAX_PUSH = MAX_SPEED - MAX_RUN_SPEED;
const ENEMY_SPEED = 30;
/** Standard deviation of the velocity noise, a second. */
const NOISE = 0.5;
/** Standard deviation of the noise of a jump. */
const JUMP_NOISE = 1;
const HOP_CLIMB = 35;
const LEAP_CLIMB = 25;
const MAX_DECISIONS = 200;
const [RUN, HOP] = [0, 1];

export const platform: Environment<PlatformState> = {
  name: 'Platform',
  choices: [
    { name: 'run', low: [0], high: [30] },
    { name: 'hop', low: [0], high: [720] },
    { name: 'leap', low: [0], high: [430] },
  ],
  observationSize: 9,
  measure: 'return',
  reset: () => ({
    x: 0,
    y: SURFACE,
    velocityX: 0,
    velocityY: 0,
    enemyX: [rightmost(0), rightmost(1)],
    enemyVelocity: [-ENEMY_SPEED, -ENEMY_SPEED],
    decisions: 0,
  }),
  observe,
  step,
};

/** Where an enemy turns round on a platform. */
function rightmost(index: 0 | 1): number {
  return PLATFORMS[index].start + PLATFORMS[index].width - BODY_WIDTH;
}

/** The enemy that moves: that of the platform, or the gap before it, where the player is. */
function nearestEnemy(x: number): 0 | 1 {
  return x > PLATFORMS[1].start ? 1 : 0;
}

function observe({ x, velocityX, enemyX, enemyVelocity }: PlatformState): readonly number[] {
  const enemy = nearestEnemy(x);
  const index = PLATFORMS.findLastIndex(({ start }) => x >= start);
  const here = PLATFORMS[Math.max(0, index)] ?? PLATFORMS[0];
  const next = PLATFORMS[index + 1];
  return [
    (2 * x) / FAR_END - 1,
    velocityX / MAX_SPEED,
    (2 * enemyX[enemy]) / FAR_END - 1,
    enemyVelocity[enemy] / ENEMY_SPEED,
    here.width / 275,
    (next?.width ?? 0) / 275,
    here.gapAfter / 235,
    here.start / FAR_END,
    // In place of a difference of heights, which is 0 everywhere.
    (enemyX[enemy] - x) / 275,
  ];
}

/** A state while time runs inside one decision. */
interface Motion {
  x: number;
  y: number;
  velocityX: number;
  velocityY: number;
  readonly enemyX: [number, number];
  readonly enemyVelocity: [number, number];
}

function step(
  state: PlatformState,
  { choice, parameters: [parameter = 0] }: ParameterisedAction,
  random: Random,
): Transition<PlatformState> {
  const motion: Motion = {
    ...state,
    enemyX: [...state.enemyX],
    enemyVelocity: [...state.enemyVelocity],
  };
  const amount = clamp(parameter, 0, platform.choices[choice]?.high[0] ?? 0);
  let arrived = false;
  let ended = false;
  for (let tick = 1; !ended; tick++) {
    if (stands(motion)) act(motion, choice, amount, random);
    else push(motion, 0, -GRAVITY * TICK_SECONDS, random);
    if (stands(motion)) motion.velocityX = clamp(motion.velocityX, 0, MAX_RUN_SPEED);
    moveTick(motion, random);
    arrived = motion.x >= FAR_END;
    ended = arrived || motion.y < SURFACE || touchesEnemy(motion);
    if (choice === RUN ? tick >= RUN_TICKS : stands(motion)) break;
  }
  const decisions = state.decisions + 1;
  return {
    state: { ...motion, decisions },
    reward: (motion.x - state.x) / FAR_END,
    done: ended || decisions >= MAX_DECISIONS,
    success: arrived,
  };
}

function act(motion: Motion, choice: number, amount: number, random: Random): void {
  if (choice === RUN) {
    push(motion, amount, 0, random);
    return;
  }
  // Aims at a landing point `amount` ahead, and always falls somewhat short of the aim.
  const climb = choice === HOP ? HOP_CLIMB : LEAP_CLIMB;
  const airSeconds = (2 * climb) / GRAVITY + 1;
  const aimed = clamp(amount / airSeconds - motion.velocityX, -MAX_PUSH / TICK_SECONDS, MAX_CLIMB - climb);
  const short = JUMP_NOISE * Math.abs(random.normal());
  const low = JUMP_NOISE * Math.abs(random.normal());
  push(motion, aimed - short, climb - low, random);
}

/** Changes the velocity by at most what is allowed; noise only ever slows down. */
function push(motion: Motion, changeX: number, changeY: number, random: Random): void {
  const drag = Math.abs(NOISE * TICK_SECONDS * random.normal());
  const x = motion.velocityX + clamp(changeX, -MAX_PUSH, MAX_PUSH) - drag;
  motion.velocityX = clamp(x, 0, MAX_SPEED);
  motion.velocityY = clamp(motion.velocityY + clamp(changeY, -MAX_CLIMB, MAX_CLIMB), -MAX_CLIMB, MAX_CLIMB);
}

function moveTick(motion: Motion, random: Random): void {
  const index = nearestEnemy(motion.x);
  motion.x = clamp(motion.x + motion.velocityX * TICK_SECONDS, 0, FAR_END);
  motion.y += motion.velocityY * TICK_SECONDS;
  motion.velocityX *= VELOCITY_DECAY;
  moveEnemy(motion, index, random);
  for (const { start, width } of PLATFORMS) meetPlatform(motion, start, width);
}

function moveEnemy(motion: Motion, index: 0 | 1, random: Random): void {
  const left = PLATFORMS[index].start;
  const right = rightmost(index);
  const x = motion.enemyX[index];
  const turned = x > left && x < right ? motion.enemyVelocity[index] : -motion.enemyVelocity[index];
  const velocity = clamp(turned + NOISE * TICK_SECONDS * random.normal(), -ENEMY_SPEED, ENEMY_SPEED);
  motion.enemyVelocity[index] = velocity;
  motion.enemyX[index] = clamp(x + velocity * TICK_SECONDS, left, right);
}

function stands({ x, y }: Motion): boolean {
  return y === SURFACE && PLATFORMS.some(({ start, width }) => x >= start - BODY_WIDTH && x <= start + width);
}

/** A body inside a platform is put on top of it, or beside it if that is nearer at a corner. */
function meetPlatform(motion: Motion, start: number, width: number): void {
  const { x, y } = motion;
  const inside = x > start - BODY_WIDTH && x < start + width && y > -BODY_HEIGHT && y < SURFACE;
  if (!inside) return;
  const beside = x < start ? start - BODY_WIDTH : x > start + width - BODY_WIDTH ? start + width : x;
  const above = y < 0 ? -BODY_HEIGHT : y > SURFACE - BODY_HEIGHT ? SURFACE : y;
  if (beside === x || (above !== y && Math.abs(x - beside) >= Math.abs(y - above))) {
    motion.y = above;
    motion.velocityY = 0;
  } else motion.x = beside;
  motion.velocityX = 0;
}

function touchesEnemy({ x, y, enemyX }: Motion): boolean {
  return enemyX.some((enemy) => Math.abs(x - enemy) < BODY_WIDTH) && Math.abs(y - SURFACE) < BODY_HEIGHT;
}
