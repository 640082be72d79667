/**
 * How long the kinematics and the metrics take for one pose of 24 joints, on one core:
 *
 *     npx tsx -C @pose-rft/source tools/bench/kinematics.ts
 */
import { createRandom } from '@pose-rft/random';
import {
  clampToJointLimits,
  createKinematics,
  mirrorPose,
  mpjpeMillimetres,
  paMpjpeMillimetres,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';

const POSES = 512;
const PASSES = 40;
const REPETITIONS = 9;

const random = createRandom(1);
const kinematics = createKinematics(SYNTHETIC_SKELETON);
const poses = random.fillNormal(new Float32Array(144 * POSES));
const axisAngles = random.fillNormal(new Float32Array(72 * POSES));
const jointGradients = random.fillNormal(new Float32Array(72 * POSES));
const joints = new Float32Array(72 * POSES);
const targets = random.fillNormal(new Float32Array(72 * POSES));
const results = new Float32Array(144 * POSES);

const BODY_FRAME = { globalOrientation: 'identity' } as const;

const tasks: Readonly<Record<string, (pose: number) => unknown>> = {
  'joints from 6D': (pose) => kinematics.jointsFromRotation6d(poses, 144 * pose, joints, 72 * pose),
  'joints from 6D, body frame': (pose) =>
    kinematics.jointsFromRotation6d(poses, 144 * pose, joints, 72 * pose, BODY_FRAME),
  'joints from axis-angle': (pose) =>
    kinematics.jointsFromAxisAngle(axisAngles, 72 * pose, joints, 72 * pose),
  'joint gradient to 6D': (pose) =>
    kinematics.jointGradientToRotation6d(poses, 144 * pose, jointGradients, 72 * pose, results, 144 * pose),
  MPJPE: (pose) => mpjpeMillimetres(joints, 72 * pose, targets, 72 * pose, 24),
  'PA-MPJPE': (pose) => paMpjpeMillimetres(joints, 72 * pose, targets, 72 * pose, 24),
  'clamp to joint limits': (pose) => clampToJointLimits(poses, 144 * pose, results, 144 * pose),
  'mirror 6D': (pose) => mirrorPose(poses, 144 * pose, results, 144 * pose),
};

/** Microseconds a call: the best of several repetitions, which other work on the machine disturbs least. */
function microseconds(task: (pose: number) => unknown): number {
  let best = Infinity;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const start = performance.now();
    for (let pass = 0; pass < PASSES; pass++) {
      for (let pose = 0; pose < POSES; pose++) task(pose);
    }
    best = Math.min(best, (1000 * (performance.now() - start)) / (PASSES * POSES));
  }
  return best;
}

console.log(`microseconds per pose of 24 joints (Node ${process.versions.node}, best of ${REPETITIONS})`);
for (const [name, task] of Object.entries(tasks)) {
  console.log(`${name.padEnd(28)} ${microseconds(task).toFixed(2).padStart(8)}`);
}
