// Draws two poses, says what each looks like, and measures the distance between them.
import { samplePose } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { createKinematics, evaluateJoints, SMPL_24_PROTOCOL, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { captionPose } from '@pose-rft/text-pose';

const random = createRandom(7);
const kinematics = createKinematics(SYNTHETIC_SKELETON);
const JOINT_NUMBERS = 3 * kinematics.jointCount;

const poses = [samplePose(random.split('first')), samplePose(random.split('second'))];
const joints = new Float32Array(poses.length * JOINT_NUMBERS);
for (const [index, pose6d] of poses.entries()) {
  const offset = index * JOINT_NUMBERS;
  // Words speak of the body, so its orientation in the world is left out.
  kinematics.jointsFromRotation6d(pose6d, 0, joints, offset, { globalOrientation: 'identity' });
  console.log(`pose ${index + 1}: ${captionPose(joints, offset, random.split(index)).text}`);
}

const { mpjpeMillimetres, paMpjpeMillimetres, protocol } = evaluateJoints(
  SMPL_24_PROTOCOL,
  joints,
  0,
  joints,
  JOINT_NUMBERS,
);
console.log(`MPJPE ${mpjpeMillimetres.toFixed(1)} mm, PA-MPJPE ${paMpjpeMillimetres.toFixed(1)} mm`);
console.log(`protocol: ${JSON.stringify(protocol)}`);
