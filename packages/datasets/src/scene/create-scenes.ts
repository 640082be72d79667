import { createRandom, type Random } from '@pose-rft/random';
import {
  composeRotations,
  createKinematics,
  createSkinning,
  JOINT_COUNT,
  matrixToRotation6d,
  prepareIdentity,
  rotation6dToMatrix,
  SYNTHETIC_SHAPE_NAMES,
  SYNTHETIC_SKELETON,
  syntheticBody,
  vertexNormals,
  type BodyIdentity,
} from '@pose-rft/smpl';
import { projectPoints, renderMesh, type Lighting } from '@pose-rft/smpl/render';
import { captionPose, describePose, holds, type Caption } from '@pose-rft/text-pose';
import type { PixelBox } from '../record/dataset-record.js';
import type { SyntheticSplit } from '../synthetic/create-synthetic-set.js';
import { drawAppearance, vertexColours, vertexRegions } from './appearance.js';
import { drawBackdrop } from './backdrop.js';
import { drawShape, paintShape } from './picture-shape.js';
import { SAMPLED_POSES, type PoseSource } from './pose-source.js';
import { cameraRotation, drawCamera, horizonRow } from './scene-camera.js';
import { drawQuestions } from './scene-questions.js';
import type { SyntheticScene } from './synthetic-scene.js';
import { jointVisibility, VISIBILITY } from './visibility.js';

export interface SceneOptions {
  /** Any safe integer. */
  readonly seed: number;
  /** Independent streams: no scene of one split depends on another split. */
  readonly split: SyntheticSplit;
  /** The picture's side, pixels, 16 to 1024; 128 by default. Keypoints are in its pixels, pictures or not. */
  readonly sizePixels?: number;
  /** Whether scenes have pictures; all else is the same without them, and faster. True by default. */
  readonly pictures?: boolean;
  /** {@link SAMPLED_POSES} by default. */
  readonly poses?: PoseSource;
  /** Questions a scene, at most; 3 by default. */
  readonly questionLimit?: number;
}

/** Makes scenes by number. */
export interface SceneMaker {
  readonly options: Required<SceneOptions>;
  /** Scene `index` depends on seed, split, pose source and index alone. @throws SceneOptionsError for no index */
  scene(index: number): SyntheticScene;
}

/** Thrown for options that make no scenes. */
export class SceneOptionsError extends Error {
  override readonly name = 'SceneOptionsError';
}

/** Joints are tested for being in sight on a picture of this side. */
const DEPTH_SIZE = 96;
const LARGEST_BETA = 2.5;
/** How often something stands between camera and person. */
const OCCLUDED_FRACTION = 0.35;
/** More of somebody is never hidden: there would be nothing to learn from. */
const MOST_HIDDEN = 0.5;
/** A caption must be true of two skeletons; redrawn so often before the shape gives way. */
const CAPTION_ATTEMPTS = 6;

/**
 * Pictures of people that need no download: the synthetic body in every shape, posed by `samplePose` or by motion
 * capture, in clothes of named colours, before rooms, landscapes and clutter, under changing light, seen by changing
 * cameras, one in three behind something. With captions and their constraints, joints, 2D keypoints and whether each is
 * in sight, and questions whose answers are known.
 *
 * About 1 ms a scene without and 6 ms with a picture of 128 pixels (one core of 2020).
 *
 * @throws SceneOptionsError for sizes and limits that make no sense; RangeError for a seed that is no safe integer
 * @example
 * ```ts
 * import { createScenes } from '@pose-rft/datasets';
 * import { encodePng } from '@pose-rft/smpl/render';
 *
 * const scenes = createScenes({ seed: 1, split: 'train', sizePixels: 64 });
 * const { picture, caption, questions, visibility } = scenes.scene(7);
 * console.log(caption, questions, `${visibility.filter((seen) => seen === 2).length} joints in sight`);
 * console.assert(picture !== undefined && encodePng(picture, 64, 64).length > 1000);
 * ```
 */
export function createScenes(options: SceneOptions): SceneMaker {
  const resolved = resolveOptions(options);
  const { seed, split, sizePixels, pictures, poses, questionLimit } = resolved;
  const stream = createRandom(seed).split('scenes').split(split);
  const body = syntheticBody();
  const regions = vertexRegions(body);
  const parts = dominantJoints(body.skinning.joints, body.skinning.influenceCount);
  const skinning = createSkinning(body);
  const vertices = new Float32Array(3 * skinning.vertexCount);
  const standard = createKinematics(SYNTHETIC_SKELETON);
  const standardJoints = new Float32Array(3 * JOINT_COUNT);
  const keypoints = new Float32Array(3 * JOINT_COUNT);
  const isCovered = new Uint8Array(sizePixels * sizePixels);
  const trial = new Uint8Array(sizePixels * sizePixels);

  function scene(index: number): SyntheticScene {
    if (!Number.isSafeInteger(index) || index < 0)
      throw new SceneOptionsError(`scene(${index}): expected an integer >= 0.`);
    const random = stream.split(index);
    const { pose6d, person, caption } = drawDescribable(random.split('pose'));
    skinning.useIdentity(person.identity);
    skinning.verticesFromRotation6d(pose6d, 0, vertices, 0);
    const camera = drawCamera(random.split('camera'), vertices);
    const rotation = cameraRotation(camera);
    const joints = new Float32Array(3 * JOINT_COUNT);
    person.kinematics.jointsFromRotation6d(pose6d, 0, joints, 0);
    projectPoints(joints, 0, JOINT_COUNT, camera, { width: sizePixels, height: sizePixels }, keypoints, 0);
    const mesh = { vertices, normals: vertexNormals(vertices, body.faces), faces: body.faces, parts };
    const depths = renderMesh(mesh, camera, {
      width: DEPTH_SIZE,
      height: DEPTH_SIZE,
      supersampling: 1,
      ground: 'none',
    });
    const box = boxOf(depths.silhouette, DEPTH_SIZE, sizePixels);
    const appearance = drawAppearance(random.split('appearance'));

    const picture = pictures
      ? renderMesh({ ...mesh, colours: vertexColours(regions, appearance) }, camera, {
          width: sizePixels,
          height: sizePixels,
          backgroundPicture: drawBackdrop(
            random.split('backdrop'),
            sizePixels,
            horizonRow(camera, sizePixels),
          ),
          lighting: drawLighting(random.split('light')),
        }).rgb
      : undefined;
    isCovered.fill(0);
    drawOccluders(random.split('occluders'), box, depths.silhouette, picture);
    const visibility = new Uint8Array(JOINT_COUNT);
    jointVisibility(keypoints, sizePixels, depths, isCovered, visibility);

    const seenPose = pose6d.slice();
    turnRoot(seenPose, rotation);
    const jointsMetres = turned(joints, rotation);
    return {
      index,
      split,
      pose6d: seenPose,
      betas: person.betas,
      jointsMetres,
      bodyJointsMetres: person.bodyJoints,
      keypointsPixels: Float32Array.from(
        { length: 2 * JOINT_COUNT },
        (_, i) => keypoints[3 * (i >> 1) + (i % 2)] as number,
      ),
      visibility,
      boxPixels: box,
      sizePixels,
      camera,
      appearance,
      caption: caption.text,
      constraints: caption.constraints,
      questions: drawQuestions(
        {
          bodyJoints: person.bodyJoints,
          // The front is the third column of the root's matrix: the cross product of the first two.
          facing: frontOf(seenPose),
          appearance,
          visibility,
          isKnowable: knowableJoints(keypoints, visibility, isCovered, sizePixels),
          hiddenFraction: hiddenFraction(depths.silhouette, isCovered, sizePixels),
        },
        random.split('questions'),
        questionLimit,
      ),
      ...(picture && { picture }),
    };
  }

  interface Person {
    readonly betas: Float32Array;
    readonly identity: BodyIdentity;
    readonly kinematics: ReturnType<typeof createKinematics>;
    readonly bodyJoints: Float32Array;
  }

  /** A pose and a person of which something can be said that is true of this and of the standard skeleton. */
  function drawDescribable(random: Random): {
    readonly pose6d: Float32Array;
    readonly person: Person;
    readonly caption: Caption;
  } {
    for (let attempt = 0; ; attempt++) {
      const pose6d = poses.draw(random);
      standard.jointsFromRotation6d(pose6d, 0, standardJoints, 0, { globalOrientation: 'identity' });
      // Whoever only stands has nothing that is worth saying: a pose of a motion may be so for long.
      if (describePose(standardJoints, 0).length === 0 && attempt < 1000) continue;
      const person = drawPerson(random, pose6d);
      for (let draw = 0; draw < CAPTION_ATTEMPTS; draw++) {
        const caption = captionPose(standardJoints, 0, random);
        if (caption.constraints.every((constraint) => holds(constraint, person.bodyJoints, 0)))
          return { pose6d, person, caption };
      }
    }
  }

  function drawPerson(random: Random, pose6d: Float32Array): Person {
    const betas = Float32Array.from(SYNTHETIC_SHAPE_NAMES, () =>
      Math.min(LARGEST_BETA, Math.max(-LARGEST_BETA, random.normal())),
    );
    const identity = prepareIdentity(body, { betas });
    const kinematics = createKinematics(identity.skeleton);
    const bodyJoints = new Float32Array(3 * JOINT_COUNT);
    kinematics.jointsFromRotation6d(pose6d, 0, bodyJoints, 0, { globalOrientation: 'identity' });
    return { betas, identity, kinematics, bodyJoints };
  }

  function drawOccluders(
    random: Random,
    box: PixelBox,
    silhouette: Uint8Array,
    rgb: Uint8Array | undefined,
  ): void {
    if (random.uniform() >= OCCLUDED_FRACTION) return;
    const count = 1 + random.integer(2);
    for (let i = 0; i < count; i++) {
      const isPole = random.uniform() < 0.3;
      const shape = drawShape(random, {
        centreX: box.left + box.width * random.uniform(),
        centreY: isPole ? sizePixels / 2 : box.top + box.height * (0.2 + 0.8 * random.uniform()),
        halfWidth: isPole
          ? sizePixels * (0.02 + 0.04 * random.uniform())
          : box.width * (0.1 + 0.25 * random.uniform()),
        halfHeight: isPole ? sizePixels : box.height * (0.06 + 0.14 * random.uniform()),
        turnRadians: isPole ? 0.08 * random.normal() : 0.5 * random.normal(),
      });
      trial.set(isCovered);
      paintShape(shape, undefined, sizePixels, sizePixels, trial);
      if (hiddenFraction(silhouette, trial, sizePixels) > MOST_HIDDEN) continue;
      paintShape(shape, rgb, sizePixels, sizePixels, isCovered);
    }
  }

  return { options: resolved, scene };
}

function resolveOptions(options: SceneOptions): Required<SceneOptions> {
  const { sizePixels = 128, pictures = true, poses = SAMPLED_POSES, questionLimit = 3 } = options;
  if (!Number.isInteger(sizePixels) || sizePixels < 16 || sizePixels > 1024)
    throw new SceneOptionsError(`sizePixels is ${sizePixels}; expected an integer from 16 to 1024.`);
  if (!Number.isInteger(questionLimit) || questionLimit < 0)
    throw new SceneOptionsError(`questionLimit is ${questionLimit}; expected an integer >= 0.`);
  return { seed: options.seed, split: options.split, sizePixels, pictures, poses, questionLimit };
}

function dominantJoints(joints: ArrayLike<number>, influenceCount: number): Uint8Array {
  return Uint8Array.from(
    { length: joints.length / influenceCount },
    (_, vertex) => joints[vertex * influenceCount] ?? 0,
  );
}

/** From every side but behind the picture, strong or weak, warm or cold. */
function drawLighting(random: Random): Lighting {
  const angle = 2 * Math.PI * random.uniform();
  const warmth = random.uniform() - 0.5;
  return {
    keyDirection: [
      0.8 * Math.cos(angle),
      0.25 + 0.5 * random.uniform(),
      0.3 + 0.5 * Math.abs(Math.sin(angle)),
    ],
    keyStrength: 0.45 + 0.55 * random.uniform(),
    fillStrength: 0.1 + 0.25 * random.uniform(),
    ambientStrength: 0.8 + 0.9 * random.uniform(),
    tint: [1 - Math.max(0, -0.25 * warmth), 0.97, 1 - Math.max(0, 0.3 * warmth)],
  };
}

/** The box around what of a body is in the picture, in pixels of a picture of another size. */
function boxOf(silhouette: Uint8Array, size: number, sizePixels: number): PixelBox {
  let [left, top, right, bottom] = [size, size, -1, -1];
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      if (silhouette[y * size + x] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  const scale = sizePixels / size;
  return {
    left: left * scale,
    top: top * scale,
    width: Math.max(0, right + 1 - left) * scale,
    height: Math.max(0, bottom + 1 - top) * scale,
  };
}

/** How much of a silhouette is covered, in [0, 1]. */
function hiddenFraction(silhouette: Uint8Array, isCovered: Uint8Array, sizePixels: number): number {
  let body = 0;
  let hidden = 0;
  for (let pixel = 0; pixel < silhouette.length; pixel++) {
    if (silhouette[pixel] === 0) continue;
    body++;
    const x = Math.floor((((pixel % DEPTH_SIZE) + 0.5) * sizePixels) / DEPTH_SIZE);
    const y = Math.floor(((Math.floor(pixel / DEPTH_SIZE) + 0.5) * sizePixels) / DEPTH_SIZE);
    hidden += isCovered[y * sizePixels + x] as number;
  }
  return body === 0 ? 0 : hidden / body;
}

/** Which joints are within the picture and not behind an occluder: [24] of 0 and 1. */
function knowableJoints(
  keypoints: Float32Array,
  visibility: Uint8Array,
  isCovered: Uint8Array,
  sizePixels: number,
): Uint8Array {
  return visibility.map((seen, joint) => {
    if (seen === VISIBILITY.outside) return 0;
    const [x = 0, y = 0] = keypoints.subarray(3 * joint, 3 * joint + 2);
    return 1 - (isCovered[Math.floor(y) * sizePixels + Math.floor(x)] as number);
  });
}

function turnRoot(pose6d: Float32Array, rotation: Float64Array): void {
  const matrix = new Float64Array(9);
  rotation6dToMatrix(pose6d, 0, matrix, 0);
  composeRotations(rotation, 0, matrix, 0, matrix, 0);
  matrixToRotation6d(matrix, 0, pose6d, 0);
}

function turned(points: Float32Array, rotation: Float64Array): Float32Array {
  return Float32Array.from({ length: points.length }, (_, i) => {
    const row = 3 * (i % 3);
    const at = i - (i % 3);
    return (
      (rotation[row] as number) * (points[at] as number) +
      (rotation[row + 1] as number) * (points[at + 1] as number) +
      (rotation[row + 2] as number) * (points[at + 2] as number)
    );
  });
}

function frontOf(pose6d: Float32Array): readonly [number, number, number] {
  const matrix = new Float64Array(9);
  rotation6dToMatrix(pose6d, 0, matrix, 0);
  return [matrix[2] as number, matrix[5] as number, matrix[8] as number];
}
