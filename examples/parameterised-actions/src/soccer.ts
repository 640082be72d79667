import type { Random } from '@pose-rft/random';
import { clamp } from './environment.js';

/**
 * The little of the RoboCup soccer server (manual 7.07) that Goal needs: bodies with friction, noisy pushes, kicks, and
 * a keeper. Units are metres and ticks. Bodies are mutable while a decision is played out.
 */
export interface Body {
  x: number;
  y: number;
  velocityX: number;
  velocityY: number;
}

export interface Player extends Body {
  orientationRadians: number;
}

interface BodyKind {
  readonly radius: number;
  /** Velocity is multiplied by this each tick. */
  readonly decay: number;
  readonly maxAcceleration: number;
  readonly maxSpeed: number;
  readonly powerRate: number;
  /** Relative size of the noise of direction and of acceleration. */
  readonly noise: number;
}

const PLAYER: BodyKind = {
  radius: 0.9,
  decay: 0.4,
  maxAcceleration: 1,
  maxSpeed: 1,
  powerRate: 0.006,
  noise: 0.1,
};
const BALL: BodyKind = {
  radius: 0.4,
  decay: 0.94,
  maxAcceleration: 2.7,
  maxSpeed: 2.7,
  powerRate: 0.027,
  noise: 0.05,
};
export const BALL_RADIUS = BALL.radius;
export const KICKABLE_DISTANCE = PLAYER.radius + 0.7;
const CATCHABLE_DISTANCE = 2;
const MAX_POWER = 100;
const INERTIA_MOMENT = 5;
const DASH_POWER = 10;
const KEEPER_POWER = { waiting: 8, diving: 20 };
const FACING_TOLERANCE = Math.PI / 8;

/** The half of a pitch with the goal: x from 0 to 20, y from -15 to 15, the goal's mouth at x = 20. */
export const PITCH = { length: 20, halfWidth: 15, goalHalfWidth: 7.01, goalDepth: 2.44 };
/** The area that the keeper starts in. */
const GOAL_AREA = { length: 5.5, halfWidth: 9.16 };

export function distance(a: Pick<Body, 'x' | 'y'>, b: Pick<Body, 'x' | 'y'>): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function directionTo(from: Pick<Body, 'x' | 'y'>, to: Pick<Body, 'x' | 'y'>): number {
  return Math.atan2(to.y - from.y, to.x - from.x);
}

export function ballIsIn(ball: Body, area: 'pitch' | 'net'): boolean {
  const { length, halfWidth, goalHalfWidth, goalDepth } = PITCH;
  return area === 'pitch'
    ? ball.x >= 0 && ball.x <= length && Math.abs(ball.y) <= halfWidth
    : ball.x >= length && ball.x <= length + goalDepth && Math.abs(ball.y) <= goalHalfWidth;
}

/** How far the ball is from the goal's mouth. */
export function goalDistance({ x, y }: Body): number {
  const beside = Math.max(0, Math.abs(y) - PITCH.goalHalfWidth);
  return Math.hypot(Math.max(0, PITCH.length - x), beside);
}

/** Where a keeper starts: on the line from the ball to the middle of the goal, inside the goal area. */
export function keeperStart(ball: Pick<Body, 'x' | 'y'>): { readonly x: number; readonly y: number } {
  const slope = -ball.y / (PITCH.length - ball.x);
  const x = clamp(ball.x, PITCH.length - GOAL_AREA.length, PITCH.length);
  const y = clamp(slope * (x - PITCH.length), -GOAL_AREA.halfWidth, GOAL_AREA.halfWidth);
  return { x, y };
}

export function canKick(player: Player, ball: Body): boolean {
  return distance(player, ball) <= KICKABLE_DISTANCE;
}

export function canCatch(keeper: Player, ball: Body): boolean {
  return distance(keeper, ball) < CATCHABLE_DISTANCE;
}

/** One tick of kicking the ball so that it would come to rest at a point; walks to the ball if it is out of reach. */
export function kickTowards(
  player: Player,
  ball: Body,
  target: { readonly x: number; readonly y: number },
  random: Random,
): void {
  if (!canKick(player, ball)) {
    walkToBall(player, ball, random);
    return;
  }
  const x = (1 - BALL.decay) * (target.x - player.x) - ball.velocityX;
  const y = (1 - BALL.decay) * (target.y - player.y) - ball.velocityY;
  const strength = kickStrength(player, ball);
  const power = Math.min(MAX_POWER, Math.hypot(x, y) / (strength * BALL.powerRate));
  accelerate(ball, BALL, power * strength, Math.atan2(y, x), random);
}

/** One tick of the keeper: towards where the ball will stop or, if that is behind the goal line, across its path. */
export function moveKeeper(keeper: Player, ball: Body, random: Random): void {
  const end = {
    x: ball.x + ball.velocityX / (1 - BALL.decay),
    y: ball.y + ball.velocityY / (1 - BALL.decay),
  };
  const slope = end.x === ball.x ? 0 : (end.y - ball.y) / (end.x - ball.x);
  const atGoalLine = ball.y + slope * (PITCH.length - ball.x);
  const threatens = Math.abs(atGoalLine) <= PITCH.goalHalfWidth + CATCHABLE_DISTANCE;
  if (end.x > PITCH.length && threatens && slope !== 0) {
    // The foot of the perpendicular from the keeper to the ball's path.
    const along = (keeper.x - ball.x + slope * (keeper.y - ball.y)) / (1 + slope * slope);
    const target = { x: ball.x + along, y: ball.y + slope * along };
    accelerate(keeper, PLAYER, KEEPER_POWER.diving, directionTo(keeper, target), random);
    keeper.orientationRadians = directionTo(keeper, target);
  } else {
    keeper.orientationRadians = directionTo(keeper, end);
    accelerate(keeper, PLAYER, KEEPER_POWER.waiting, keeper.orientationRadians, random);
  }
}

/** Lets everything move for a tick, and shoves overlapping bodies apart. */
export function moveBodies(player: Player, keeper: Player, ball: Body): void {
  coast(player, PLAYER);
  coast(keeper, PLAYER);
  coast(ball, BALL);
  separate(player, PLAYER, keeper, PLAYER);
  separate(player, PLAYER, ball, BALL);
  separate(keeper, PLAYER, ball, BALL);
}

function walkToBall(player: Player, ball: Body, random: Random): void {
  const turn = normaliseAngle(directionTo(player, ball) - player.orientationRadians);
  if (Math.abs(turn) >= FACING_TOLERANCE)
    player.orientationRadians += turn / (1 + INERTIA_MOMENT * Math.hypot(player.velocityX, player.velocityY));
  else accelerate(player, PLAYER, DASH_POWER, player.orientationRadians, random);
}

/** The share of the power that reaches the ball: less if it is far or not in front. */
function kickStrength(player: Player, ball: Body): number {
  const off = Math.abs(normaliseAngle(directionTo(player, ball) - player.orientationRadians));
  return 1 - (0.25 * off) / Math.PI - (0.25 * distance(player, ball)) / KICKABLE_DISTANCE;
}

function accelerate(
  body: Body,
  { noise, powerRate, maxAcceleration, maxSpeed }: BodyKind,
  power: number,
  directionRadians: number,
  random: Random,
): void {
  const symmetric = (size: number): number => size * (2 * random.uniform() - 1);
  const direction = directionRadians * (1 + symmetric(noise));
  const jitter = noise * Math.hypot(body.velocityX, body.velocityY);
  const x = power * powerRate * Math.cos(direction) + symmetric(jitter);
  const y = power * powerRate * Math.sin(direction) + symmetric(jitter);
  body.velocityX = clamp(body.velocityX + clamp(x, -maxAcceleration, maxAcceleration), -maxSpeed, maxSpeed);
  body.velocityY = clamp(body.velocityY + clamp(y, -maxAcceleration, maxAcceleration), -maxSpeed, maxSpeed);
}

function coast(body: Body, { decay }: BodyKind): void {
  body.x += body.velocityX;
  body.y += body.velocityY;
  body.velocityX *= decay;
  body.velocityY *= decay;
}

/** Bodies that overlap are pushed apart, half each, and bounce back. */
function separate(a: Body, kindOfA: BodyKind, b: Body, kindOfB: BodyKind): void {
  const overlap = kindOfA.radius + kindOfB.radius - distance(a, b);
  if (overlap <= 0) return;
  const direction = directionTo(a, b);
  const [shiftX, shiftY] = [(overlap / 2) * Math.cos(direction), (overlap / 2) * Math.sin(direction)];
  a.x -= shiftX;
  a.y -= shiftY;
  b.x += shiftX;
  b.y += shiftY;
  for (const body of [a, b]) {
    body.velocityX *= -1;
    body.velocityY *= -1;
  }
}

function normaliseAngle(radians: number): number {
  return Math.atan2(Math.sin(radians), Math.cos(radians));
}
