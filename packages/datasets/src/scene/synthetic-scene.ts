import type { Camera } from '@pose-rft/smpl/render';
import type { Constraint } from '@pose-rft/text-pose';
import type { ConversationTurn, DatasetRecord, PixelBox } from '../record/dataset-record.js';
import type { SyntheticSplit } from '../synthetic/create-synthetic-set.js';
import { rotation6dToAxisAngle } from '@pose-rft/smpl';
import type { Appearance } from './appearance.js';
import type { SceneQuestion } from './scene-questions.js';

/** Somebody in a picture, with all that is known of it. */
export interface SyntheticScene {
  readonly index: number;
  readonly split: SyntheticSplit;
  /**
   * [24, 6] rotations in layout `columns`; the root as the camera sees it: x to the picture's right, y up, z to the
   * camera.
   */
  readonly pose6d: Float32Array;
  /** [6] of the synthetic body's shape coefficients. */
  readonly betas: Float32Array;
  /** [24, 3] metres in the camera's axes (x right, y up, z to the camera), the pelvis at the origin; of this shape. */
  readonly jointsMetres: Float32Array;
  /** [24, 3] metres in the body frame; of this shape. What captions and questions are about. */
  readonly bodyJointsMetres: Float32Array;
  /** [24, 2] in pixels of a square picture of `sizePixels`; NaN behind the camera. */
  readonly keypointsPixels: Float32Array;
  /** [24] 0 outside of the picture, 1 covered, 2 in sight (`VISIBILITY`). */
  readonly visibility: Uint8Array;
  /** The box around the body within the picture. */
  readonly boxPixels: PixelBox;
  readonly sizePixels: number;
  readonly camera: Camera;
  readonly appearance: Appearance;
  readonly caption: string;
  /** What the caption states; true of the body shown and of the pose on the standard skeleton. */
  readonly constraints: readonly Constraint[];
  readonly questions: readonly SceneQuestion[];
  /** sRGB bytes, [sizePixels, sizePixels, 3]; only if pictures are asked for. */
  readonly picture?: Uint8Array;
}

/** What is asked for a pose, as ChatPose and the paper's template have it. */
export const POSE_QUESTION = 'What is the SMPL pose of this person?';
export const POSE_ANSWER = 'The SMPL pose of this person is <POSE>.';

/** A scene's questions and its pose as one conversation about its picture. */
export function sceneConversation(scene: SyntheticScene): readonly ConversationTurn[] {
  const pairs = [...scene.questions, { question: POSE_QUESTION, answer: POSE_ANSWER }];
  return pairs.flatMap(({ question, answer }, index): ConversationTurn[] => [
    { from: 'human', text: index === 0 ? `<image>\n${question}` : question },
    { from: 'assistant', text: answer },
  ]);
}

/**
 * A scene as a record, as the real data sets give them; its picture, if it has one, is to lie at `imagePath`. The axes
 * become those of the records' cameras: y down, z into the picture.
 */
export function sceneRecord(scene: SyntheticScene, imagePath?: string): DatasetRecord {
  const { index, split, pose6d, betas, jointsMetres, keypointsPixels, visibility, sizePixels } = scene;
  const joints = visibility.length;
  const axisAngles = new Float32Array(3 * joints);
  const turned = pose6d.slice();
  // A half turn about x: rows 1 and 2 of the root's matrix change sign.
  for (const i of [1, 2, 4, 5]) turned[i] = -(turned[i] as number);
  for (let joint = 0; joint < joints; joint++)
    rotation6dToAxisAngle(turned, 6 * joint, axisAngles, 3 * joint);
  return {
    dataset: 'synthetic',
    id: `${split}/${index}`,
    split,
    identity: { person: 0 },
    ...(imagePath !== undefined && {
      image: {
        path: imagePath,
        crop: scene.boxPixels,
        widthPixels: sizePixels,
        heightPixels: sizePixels,
      },
    }),
    keypoints2d: {
      jointSet: 'smpl-24',
      pixels: keypointsPixels.map((pixel) => (Number.isNaN(pixel) ? 0 : pixel)),
      confidence: Float32Array.from(visibility, (seen) => (seen > 0 ? 1 : 0)),
      covered: visibility.map((seen) => (seen === 1 ? 1 : 0)),
    },
    keypoints3d: {
      jointSet: 'smpl-24',
      frame: 'camera-root',
      metres: jointsMetres.map((metres, i) => (i % 3 === 0 ? metres : -metres)),
      confidence: new Float32Array(joints).fill(1),
    },
    body: { model: 'smpl', frame: 'camera', axisAngles, betas: betas.slice() },
    texts: [scene.caption],
    conversation: sceneConversation(scene),
  };
}
