/**
 * What a picture model sees with:
 * - `encoder`: the small vision transformer that ships;
 * - `keypoints`: MoveNet's, whose weights an optional package holds;
 * - `both`.
 */
export type PictureSenses = 'encoder' | 'keypoints' | 'both';

export const PICTURE_SENSES: readonly PictureSenses[] = ['encoder', 'keypoints', 'both'];

/** Whether a model of these senses needs MoveNet. */
export function needsKeypoints(senses: PictureSenses): boolean {
  return senses !== 'encoder';
}
