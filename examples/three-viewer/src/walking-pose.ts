import { JOINT_COUNT, jointIndex, type JointName } from '@pose-rft/smpl';

const axisAngles = new Float32Array(JOINT_COUNT * 3);
const STEPS_PER_SECOND = 1.7;

/** A walk on the spot, made of sines: axis-angle vectors, radians, [24*3]. The array is used again by the next call. */
export function walkingPose(seconds: number): Float32Array {
  const phase = Math.PI * STEPS_PER_SECOND * seconds;
  const turn = (joint: JointName, x: number, y: number, z: number): void => {
    axisAngles.set([x, y, z], 3 * jointIndex(joint));
  };
  for (const [side, sign, at] of [
    ['left', 1, phase],
    ['right', -1, phase + Math.PI],
  ] as const) {
    turn(`${side}_hip`, -0.1 - 0.45 * Math.sin(at), 0, 0);
    turn(`${side}_knee`, 0.45 + 0.4 * Math.sin(at + 1.2), 0, 0);
    turn(`${side}_shoulder`, 0.35 * Math.sin(at), 0, -1.2 * sign);
    turn(`${side}_elbow`, 0, -sign * (0.35 - 0.25 * Math.sin(at)), 0);
  }
  turn('spine1', 0.05, 0.08 * Math.sin(phase), 0);
  return axisAngles;
}

/** How high the pelvis is then, metres: as high as keeps the lower foot on the floor. */
export function walkingHeightMetres(seconds: number): number {
  return 0.94 + 0.028 * Math.cos(2 * Math.PI * STEPS_PER_SECOND * seconds - 1.07);
}
