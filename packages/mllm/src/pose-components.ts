/** What a `<POSE>` brings: the pose, and beside it shape and camera, if the head gives them. */
export type PoseKind = 'pose' | 'shape' | 'camera';

/** Of an answer with several `<POSE>`s, the components of the second are called `pose2`, and so on. */
export type PoseComponent = `${PoseKind}${'' | '2' | '3' | '4'}`;

/** How many poses an answer may give. */
export type PosesPerAnswer = 1 | 2 | 3 | 4;

const ORDINALS = ['', '2', '3', '4'] as const;

/** @param pose - which of the answer's, from 0 */
export function poseComponent(kind: PoseKind, pose: number): PoseComponent {
  return `${kind}${ORDINALS[pose] ?? ''}`;
}
