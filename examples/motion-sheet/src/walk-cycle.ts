import {
  axisAngleToRotation6d,
  JOINT_COUNT,
  jointIndex,
  type JointName,
  type SmplMotion,
} from '@pose-rft/smpl';

/** A walk made of sines, for a sheet without recordings: `frameCount` frames of two steps. */
export function walkCycle(frameCount: number): SmplMotion {
  const pose6d = Float32Array.from({ length: frameCount * JOINT_COUNT * 6 }, (_, i) =>
    i % 6 === 0 || i % 6 === 4 ? 1 : 0,
  );
  const rootPositionsMetres = new Float32Array(frameCount * 3);
  for (let frame = 0; frame < frameCount; frame++) {
    const phase = (2 * Math.PI * frame) / frameCount;
    const turn = (joint: JointName, x: number, y: number, z: number): void => {
      const offset = (frame * JOINT_COUNT + jointIndex(joint)) * 6;
      axisAngleToRotation6d(Float64Array.of(x, y, z), 0, pose6d, offset);
    };
    for (const [side, sign, at] of [
      ['left', 1, phase],
      ['right', -1, phase + Math.PI],
    ] as const) {
      turn(`${side}_hip`, -0.1 - 0.45 * Math.sin(at), 0, 0);
      turn(`${side}_knee`, 0.45 + 0.4 * Math.sin(at + 1.2), 0, 0);
      turn(`${side}_shoulder`, 0, 0, -1.2 * sign);
      turn(`${side}_elbow`, 0, -sign * (0.35 + 0.25 * Math.sin(at + Math.PI)), 0);
    }
    turn('spine1', 0.05, 0.08 * Math.sin(phase), 0);
    rootPositionsMetres.set([0, 0.9, (1.3 * frame) / frameCount], frame * 3);
  }
  return { frameCount, pose6d, rootPositionsMetres, framesPerSecond: frameCount };
}
