import { bvhSegmentMotion, readBvh, retargetToSmpl, type SmplMotion } from '@pose-rft/smpl';

/** A BVH file as a motion of SMPL's joints, y up, metres. */
export async function readMotionFile(file: File): Promise<SmplMotion> {
  return retargetToSmpl(bvhSegmentMotion(readBvh(await file.text(), { file: file.name })));
}
