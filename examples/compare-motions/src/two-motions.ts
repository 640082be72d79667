import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { axisAngleToRotation6d, jointIndex, smplToAmass, writeAmass, type SmplMotion } from '@pose-rft/smpl';

const FRAMES = 60;
const FRAMES_PER_SECOND = 30;

/** Writes a wave of the right hand, and what a jittery tracker would make of it. Returns the paths: tracked, true. */
export function writeTwoMotions(): [tracked: string, original: string] {
  const folder = mkdtempSync(join(tmpdir(), 'motions-'));
  return [write(join(folder, 'tracked.npz'), wave(0.05)), write(join(folder, 'true.npz'), wave(0))];
}

function write(path: string, motion: SmplMotion): string {
  writeFileSync(path, writeAmass(smplToAmass(motion)));
  return path;
}

/** @param noiseRadians standard deviation of each component of each rotation */
function wave(noiseRadians: number): SmplMotion {
  const random = createRandom(6);
  const pose6d = new Float32Array(FRAMES * 144);
  const rootPositionsMetres = new Float32Array(FRAMES * 3);
  for (let frame = 0; frame < FRAMES; frame++) {
    const axisAngles = Float64Array.from({ length: 72 }, () => noiseRadians * random.normal());
    const turn = (joint: number, x: number, y: number, z: number): void => {
      [x, y, z].forEach((radians, axis) => {
        axisAngles[joint * 3 + axis] = (axisAngles[joint * 3 + axis] as number) + radians;
      });
    };
    turn(jointIndex('left_shoulder'), 0, 0, -1.2);
    turn(jointIndex('right_shoulder'), 0, 0, -0.5);
    turn(jointIndex('right_elbow'), 0, 0, -1.2 + 0.5 * Math.sin((4 * Math.PI * frame) / FRAMES_PER_SECOND));
    for (let joint = 0; joint < 24; joint++)
      axisAngleToRotation6d(axisAngles, joint * 3, pose6d, frame * 144 + joint * 6);
    rootPositionsMetres[frame * 3 + 1] = 0.95;
  }
  return { frameCount: FRAMES, pose6d, rootPositionsMetres, framesPerSecond: FRAMES_PER_SECOND };
}
