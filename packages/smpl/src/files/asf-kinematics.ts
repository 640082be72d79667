import { composeRotations, invertRotation } from '../rotation/rotation-matrix.js';
import type { AsfSkeleton } from './asf.js';
import { turnAboutAxis, type RotationAxis } from './turn-about-axis.js';

/** Forward kinematics of an Acclaim skeleton, with its own scratch memory. */
export interface AsfKinematics {
  /**
   * Writes where a frame puts every bone.
   *
   * @param channels - a frame's channels from `channelsOffset`: radians and metres
   * @param rotations - each bone's rotation from the rest pose in world axes, row-major, [B*9]
   * @param ends - each bone's end (the root's place for the root), metres, [B*3]
   */
  readonly pose: (
    channels: Float64Array,
    channelsOffset: number,
    rotations: Float64Array,
    ends: Float64Array,
  ) => void;
}

/**
 * A bone turns about its own axes C, in the order of its channels, relative to its parent:
 * world = parent * C M C^-1, with M the product of its turns, the first applied first.
 *
 * @example
 * ```ts
 * import { createAsfKinematics, readAmc, readAsf } from '@pose-rft/smpl';
 *
 * const asf = readAsf(`
 * :root
 *   order TX TY TZ RX RY RZ
 * :bonedata
 *   begin
 *     name shin
 *     direction 0 -1 0
 *     length 16
 *     axis 0 0 0 XYZ
 *     dof rx
 *   end
 * :hierarchy
 *   begin
 *     root shin
 *   end
 * `);
 * const { channels } = readAmc('1\nroot 0 0 0 0 0 0\nshin 90', asf);
 * const ends = new Float64Array(asf.bones.length * 3);
 * createAsfKinematics(asf).pose(channels, 0, new Float64Array(asf.bones.length * 9), ends);
 * console.assert(Math.abs((ends[5] ?? 0) + 16 * 0.0254) < 1e-9); // the shin points backwards
 * ```
 */
export function createAsfKinematics(asf: AsfSkeleton): AsfKinematics {
  const bones = asf.bones.map((bone) => {
    const inverseAxes = new Float64Array(9);
    invertRotation(bone.axes, 0, inverseAxes, 0);
    return {
      ...bone,
      inverseAxes,
      offset: bone.direction.map((component) => component * bone.lengthMetres) as [number, number, number],
    };
  });
  const local = new Float64Array(9);
  const pose: AsfKinematics['pose'] = (channels, channelsOffset, rotations, ends) => {
    for (let index = 0; index < bones.length; index++) {
      const bone = bones[index] as (typeof bones)[number];
      // From the right: C^-1, then each turn, then C.
      local.set(bone.inverseAxes);
      for (let i = 0; i < 3; i++)
        ends[index * 3 + i] =
          bone.parent < 0 ? (asf.rootPositionMetres[i] as number) : (ends[bone.parent * 3 + i] as number);
      for (let i = 0; i < bone.channels.length; i++) {
        const channel = bone.channels[i] as string;
        const axis = channel[1] as RotationAxis;
        const value = channels[channelsOffset + bone.firstChannel + i] as number;
        if (channel[0] === 'r') turnAboutAxis(local, 0, axis, value);
        else {
          const place = index * 3 + 'xyz'.indexOf(axis);
          ends[place] = (ends[place] as number) + value;
        }
      }
      composeRotations(bone.axes, 0, local, 0, rotations, index * 9);
      if (bone.parent >= 0)
        composeRotations(rotations, bone.parent * 9, rotations, index * 9, rotations, index * 9);
      for (let row = 0; row < 3; row++)
        for (let column = 0; column < 3; column++)
          ends[index * 3 + row] =
            (ends[index * 3 + row] as number) +
            (rotations[index * 9 + row * 3 + column] as number) * (bone.offset[column] as number);
    }
  };
  return { pose };
}
