import type { AmassModel, Gender } from '@pose-rft/smpl';
import type { JointSetName } from './joint-sets.js';

/** A rectangle of a picture, pixels; it may reach over the picture's edge. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where a picture lies and which part of it is meant. Decoding it is the caller's. */
export interface ImageReference {
  /** Relative to the data set's folder, with `/`; it never leads out of the folder. */
  readonly path: string;
  readonly crop?: PixelBox;
  readonly widthPixels?: number;
  readonly heightPixels?: number;
}

/** 2D keypoints of one person. */
export interface Keypoints2d {
  readonly jointSet: JointSetName;
  /** [J, 2] x to the right, y down, in the whole picture's pixels, the first pixel's corner at (0, 0). */
  readonly pixels: Float32Array;
  /** [J] in [0, 1]; 0 where there is no annotation. */
  readonly confidence: Float32Array;
  /** [J] 1 where the annotators say that the joint is there but covered; only where the data set tells. */
  readonly covered?: Uint8Array;
}

/** 3D keypoints of one person. */
export interface Keypoints3d {
  readonly jointSet: JointSetName;
  readonly frame: PointFrame;
  /** [J, 3] */
  readonly metres: Float32Array;
  /** [J] in [0, 1]; 0 where there is no annotation. */
  readonly confidence: Float32Array;
}

/**
 * `camera`: x to the picture's right, y down, z into it, where the camera stands at the origin. `camera-root`: the same
 * axes from the person's root. `world-z-up`: a room with z up. `world`: a room of which the data set names no axis.
 */
export type PointFrame = 'camera' | 'camera-root' | 'world-z-up' | 'world';

/** A person as a body model's parameters. */
export interface BodyParameters {
  readonly model: AmassModel;
  /** The frame that the first rotation turns the body into. */
  readonly frame: PointFrame;
  /** [J, 3] axis-angle, radians, relative to the parent; the root first. */
  readonly axisAngles: Float32Array;
  /** Shape coefficients, as many as the file has. */
  readonly betas: Float32Array;
  readonly gender?: Gender;
  /** [3] what is added to the posed body, in `frame`. */
  readonly translationMetres?: Float32Array;
}

/** Where the body stands in the room, for what is about motion rather than about a picture. */
export interface WorldPlacement {
  /** [3] axis-angle of the root, radians. */
  readonly rootAxisAngle: Float32Array;
  /** [3] */
  readonly translationMetres: Float32Array;
}

export interface CameraParameters {
  /** Pixels. */
  readonly focalX: number;
  readonly focalY: number;
  readonly centreX: number;
  readonly centreY: number;
  /** [4, 4] row-major, from the world to the camera (frame `camera`), metres. */
  readonly worldToCamera?: Float64Array;
}

/** One utterance of a conversation; `<image>` in it stands for the picture. */
export interface ConversationTurn {
  readonly from: 'human' | 'assistant';
  readonly text: string;
}

/** Whom and what a record is of. */
export interface RecordIdentity {
  readonly subject?: string;
  readonly sequence?: string;
  /** Counted as the data set counts. */
  readonly frame?: number;
  /** Which person of the picture, from 0. */
  readonly person?: number;
}

/** One record of any data set: parts that the set does not have are absent. */
export interface DatasetRecord {
  /** The data set's name in the catalogue, such as `3dpw`. */
  readonly dataset: string;
  /** Unique in its data set. */
  readonly id: string;
  readonly split: string;
  readonly identity: RecordIdentity;
  readonly image?: ImageReference;
  readonly keypoints2d?: Keypoints2d;
  readonly keypoints3d?: Keypoints3d;
  readonly body?: BodyParameters;
  readonly world?: WorldPlacement;
  readonly camera?: CameraParameters;
  /** Descriptions of the pose; each is one of its own. */
  readonly texts?: readonly string[];
  readonly conversation?: readonly ConversationTurn[];
}
