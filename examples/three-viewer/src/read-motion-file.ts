import {
  amassToSmpl,
  bvhSegmentMotion,
  readAmass,
  readBvh,
  retargetToSmpl,
  type SmplMotion,
} from '@pose-rft/smpl';

/** A BVH or AMASS file as a motion of SMPL's joints, y up, metres. */
export async function readMotionFile(file: File): Promise<SmplMotion> {
  if (file.name.endsWith('.npz'))
    return amassToSmpl(readAmass(new Uint8Array(await file.arrayBuffer()), file.name));
  return retargetToSmpl(bvhSegmentMotion(readBvh(await file.text(), { file: file.name })));
}
