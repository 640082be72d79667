import { cropPerson, type PersonBox, type RasterImage } from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import {
  createKinematics,
  JOINT_COUNT,
  skinVertices,
  syntheticBody,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';
import type { Camera } from '@pose-rft/smpl/render';
import { normaliseSentence } from '@pose-rft/text-pose';
import { EmptySentenceError } from '../generate/answer-sentence.js';
import { bytesToImage, pixelsToBytes } from './crop-bytes.js';
import { CROP_PIXELS } from './crop-size.js';
import { cameraOfBox, fitCamera, type JointPlaces } from './fit-camera.js';
import type { DetectedPerson, PersonDetector } from './movenet.js';
import { cropSquare } from './person-crop-source.js';
import { pictureEvidence } from './picture-evidence.js';
import type { PictureModel } from './picture-model.js';
import { spreadOf, type PoseSpread } from './pose-spread.js';

/** What a model answers to a question about a picture. */
export interface PictureAnswer {
  /** The answer as the model wrote it. */
  readonly text: string;
  readonly unknownWords: readonly string[];
  /** Undefined when the answer holds no `<POSE>`. */
  readonly pose: PicturePose | undefined;
}

export interface PicturePose {
  /** [144] 6D columns, the mean of the distribution; the root as the camera sees it. */
  readonly pose6d: Float32Array;
  readonly spread: PoseSpread;
  /** A camera of the whole picture in the pose's axes. */
  readonly camera: Camera;
  /** Whether the camera was fitted to joints, rather than to the box alone. */
  readonly isFitted: boolean;
}

/** COCO's keypoints that are joints of the skeleton, by the keypoint's index. */
const JOINT_OF_KEYPOINT: readonly (readonly [keypoint: number, joint: number])[] = [
  [5, 16],
  [6, 17],
  [7, 18],
  [8, 19],
  [9, 20],
  [10, 21],
  [11, 1],
  [12, 2],
  [13, 4],
  [14, 5],
  [15, 7],
  [16, 8],
];
const LEAST_KEYPOINT_SCORE = 0.3;

/**
 * Asks a model about somebody in a picture: the likeliest answer, its pose, how sure it is, and where the camera stands.
 *
 * @param options.box - where the person is; the whole picture unless told
 * @param options.detected - the person as a detector found them: the camera then fits its keypoints
 * @throws EmptySentenceError if the question has no word
 */
export async function answerPicture(
  model: Pick<PictureModel, 'encoder' | 'language' | 'senses'>,
  image: RasterImage,
  question: string,
  options: {
    readonly random: Random;
    readonly box?: PersonBox | undefined;
    readonly detected?: DetectedPerson | undefined;
    /** Needed by models that see with keypoints. */
    readonly detector?: Pick<PersonDetector, 'keypoints'> | undefined;
  },
): Promise<PictureAnswer> {
  const words = normaliseSentence(question);
  if (!words.some((word) => /\p{L}|\p{N}/u.test(word))) throw new EmptySentenceError();
  const box = options.box ?? { left: 0, top: 0, right: image.width, bottom: image.height };
  const crop = cropPerson(image, box, { pixels: CROP_PIXELS });
  const { unknownWords } = model.language.tokenizer.encode(words.join(' '));
  const prompt = {
    kind: 'evidence-to-pose' as const,
    question: words.join(' '),
    evidence: pictureEvidence(model.senses, {
      features: model.encoder.encode([crop])[0],
      keypoints: options.detector?.keypoints(bytesToImage(pixelsToBytes(crop))),
    }),
    constraints: [],
    targetJoints: new Float32Array(3 * JOINT_COUNT),
    targetPose6d: new Float32Array(6 * JOINT_COUNT),
  };
  const { actions, poseDistributions } = await model.language.act([prompt], {
    candidatesPerPrompt: 1,
    samplesPerCandidate: 1,
    greedy: true,
    random: options.random.split('answer'),
  });
  const text = model.language.tokenizer.decode(actions[0]?.answer ?? []);
  if (poseDistributions.mean.length === 0) return { text, unknownWords, pose: undefined };
  const pose6d = poseDistributions.mean.slice(0, 6 * JOINT_COUNT);
  const places =
    options.detected === undefined
      ? encoderPlaces(model.encoder.readings([crop])[0]?.keypointsPixels, box)
      : detectedPlaces(options.detected);
  const joints = new Float32Array(3 * JOINT_COUNT);
  createKinematics(SYNTHETIC_SKELETON).jointsFromRotation6d(pose6d, 0, joints, 0);
  const fitted = fitCamera(joints, places, image);
  return {
    text,
    unknownWords,
    pose: {
      pose6d,
      spread: spreadOf(
        { mean: pose6d, logStandardDeviation: poseDistributions.logStandardDeviation },
        options.random.split('spread'),
      ),
      camera: fitted?.camera ?? cameraOfBox(skinVertices(syntheticBody(), pose6d), box, image),
      isFitted: fitted !== undefined,
    },
  };
}

function detectedPlaces({ keypoints }: DetectedPerson): JointPlaces {
  const pixels = new Float32Array(2 * JOINT_COUNT);
  const weights = new Float32Array(JOINT_COUNT);
  for (const [keypoint, joint] of JOINT_OF_KEYPOINT) {
    const found = keypoints[keypoint];
    if (found === undefined || found.score < LEAST_KEYPOINT_SCORE) continue;
    pixels.set([found.x, found.y], 2 * joint);
    weights[joint] = found.score;
  }
  return { pixels, weights };
}

/** The encoder's own keypoints, moved from the crop to the picture. */
function encoderPlaces(keypointsPixels: Float32Array | undefined, box: PersonBox): JointPlaces {
  const { left, top, edge } = cropSquare(box);
  const places = keypointsPixels ?? new Float32Array(0);
  return {
    pixels: places.map((place, index) => (index % 2 === 0 ? left : top) + (place * edge) / CROP_PIXELS),
    weights: new Float32Array(JOINT_COUNT).fill(places.length === 0 ? 0 : 1),
  };
}
