// Metrics of two AMASS files: npm start -- predicted.npz reference.npz. Without files it makes two small ones.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  amassToSmpl,
  createKinematics,
  evaluateMotion,
  formatMeasurement,
  JOINT_NAMES,
  perJointErrorsMillimetres,
  readAmass,
  SMPL_24_PROTOCOL,
  SYNTHETIC_SKELETON,
  type SmplMotion,
} from '@pose-rft/smpl';
import { writeTwoMotions } from './two-motions.js';

const { positionals } = parseArgs({ allowPositionals: true, options: { short: { type: 'boolean' } } });
const [predictedPath, referencePath] = positionals.length === 2 ? positionals : writeTwoMotions();
if (predictedPath === undefined || referencePath === undefined)
  throw new Error('give two files: predicted.npz reference.npz');

const read = (path: string): SmplMotion => {
  const motion = readAmass(readFileSync(resolve(path)), path);
  console.log(
    `${path}: ${motion.model}, ${motion.frameCount} frames at ${motion.framesPerSecond} a second, ${motion.gender}`,
  );
  return amassToSmpl(motion);
};
const predicted = read(predictedPath);
const reference = read(referencePath);
if (predicted.framesPerSecond !== reference.framesPerSecond)
  throw new Error('the motions have different frame rates: frames cannot be compared one by one');
const frameCount = Math.min(predicted.frameCount, reference.frameCount);

const kinematics = createKinematics(SYNTHETIC_SKELETON);
const jointsOf = ({ pose6d }: SmplMotion): Float64Array => {
  const joints = new Float64Array(frameCount * 72);
  for (let frame = 0; frame < frameCount; frame++)
    kinematics.jointsFromRotation6d(pose6d, frame * 144, joints, frame * 72);
  return joints;
};
const predictedJoints = jointsOf(predicted);
const referenceJoints = jointsOf(reference);
const measurements = evaluateMotion(
  SMPL_24_PROTOCOL,
  predictedJoints,
  0,
  referenceJoints,
  0,
  frameCount,
  predicted.framesPerSecond === undefined ? {} : { frameRateHertz: predicted.framesPerSecond },
);
for (const measurement of measurements) console.log(formatMeasurement(measurement));

const errors = new Float64Array(frameCount * 24);
perJointErrorsMillimetres(predictedJoints, 0, referenceJoints, 0, frameCount * 24, errors, 0);
const meanOfJoint = (joint: number): number =>
  errors.reduce((sum, error, i) => sum + (i % 24 === joint ? error : 0), 0) / frameCount;
const worst = JOINT_NAMES.map((name, joint) => ({ name, error: meanOfJoint(joint) }))
  .sort((first, second) => second.error - first.error)
  .slice(0, 4);
console.log(`worst: ${worst.map(({ name, error }) => `${name} ${error.toFixed(1)} mm`).join(', ')}`);
