import { PARENTS } from '@pose-rft/smpl';
import type { PartRendering } from '@pose-rft/smpl/render';

/** Of each joint: outside the picture, behind something, or in sight. */
export const VISIBILITY = { outside: 0, covered: 1, visible: 2 } as const;

/** A joint lies under this much of its own flesh at most, metres; only the surface of its neighbours is its own. */
const OWN_FLESH_METRES = 0.25;
/** Behind another part's surface by less than this, a joint counts as in sight: hands touch, arms hang at the side. */
const TOUCH_METRES = 0.06;

/**
 * Which joints are in sight: a joint is covered where an occluder is, or where the nearest surface at its place belongs
 * to a part that is not its own or its neighbour's.
 *
 * @param keypoints - [24, 3] x, y and depth as `projectPoints` gives them, for a picture of `pictureSize`
 * @param depths - of the same camera, of any size
 * @param isCovered - [pictureSize*pictureSize] 1 where an occluder is
 * @param visibility - receives [24] of {@link VISIBILITY}
 */
export function jointVisibility(
  keypoints: Float32Array,
  pictureSize: number,
  depths: PartRendering,
  isCovered: Uint8Array,
  visibility: Uint8Array,
): void {
  for (let joint = 0; joint < visibility.length; joint++) {
    const x = keypoints[3 * joint] as number;
    const y = keypoints[3 * joint + 1] as number;
    const depth = keypoints[3 * joint + 2] as number;
    if (!(x >= 0 && y >= 0 && x < pictureSize && y < pictureSize)) {
      visibility[joint] = VISIBILITY.outside;
      continue;
    }
    const pixel =
      Math.floor((y * depths.height) / pictureSize) * depths.width +
      Math.floor((x * depths.width) / pictureSize);
    const gap = depth - (depths.depthMetres[pixel] as number);
    const part = (depths.partLabels[pixel] as number) - 1;
    const isInFront =
      gap > TOUCH_METRES && !(areNeighbours(joint, part) && gap < OWN_FLESH_METRES) && part >= 0;
    const isBehindOccluder = isCovered[Math.floor(y) * pictureSize + Math.floor(x)] === 1;
    visibility[joint] = isInFront || isBehindOccluder ? VISIBILITY.covered : VISIBILITY.visible;
  }
}

/** Whether two joints are the same, or one or two bones apart along one chain. */
function areNeighbours(first: number, second: number): boolean {
  return isWithinTwo(first, second) || isWithinTwo(second, first);
}

function isWithinTwo(joint: number, ancestor: number): boolean {
  if (joint === ancestor) return true;
  const parent = PARENTS[joint] ?? -1;
  return parent >= 0 && (parent === ancestor || PARENTS[parent] === ancestor);
}
