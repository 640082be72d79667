import { JOINT_COUNT, type BodyModel, type SmplMotion } from '@pose-rft/smpl';
import { encodePng, renderBody, THREE_QUARTER_VIEW, type ViewDirection } from '@pose-rft/smpl/render';

export interface Picture {
  readonly caption: string;
  readonly png: Uint8Array;
}

const SIZE = { width: 180, height: 220 };

/** Evenly spaced frames of a motion, above the floor at height 0. */
export function filmStrip(
  body: BodyModel,
  motion: SmplMotion,
  pictureCount: number,
  view: ViewDirection = THREE_QUARTER_VIEW,
): Picture[] {
  const count = Math.min(pictureCount, motion.frameCount);
  return Array.from({ length: count }, (_, index) => {
    const frame = count === 1 ? 0 : Math.round((index * (motion.frameCount - 1)) / (count - 1));
    const pose6d = motion.pose6d.subarray(frame * JOINT_COUNT * 6, (frame + 1) * JOINT_COUNT * 6);
    // The body is drawn with its pelvis at the origin: the floor is as far below it as the pelvis is high.
    const ground = -(motion.rootPositionsMetres[frame * 3 + 1] ?? 0);
    const { rgb } = renderBody(body, pose6d, { ...SIZE, view, ground });
    return { caption: `frame ${frame}`, png: encodePng(rgb, SIZE.width, SIZE.height) };
  });
}
