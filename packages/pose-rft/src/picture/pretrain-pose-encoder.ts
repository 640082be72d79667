import { createRandom } from '@pose-rft/random';
import { JOINT_COUNT } from '@pose-rft/smpl';
import {
  abs,
  add,
  clone,
  createAdamW,
  createParameterStore,
  dispose,
  mean,
  mul,
  neg,
  square,
  sub,
  sum,
  tensor2d,
  valueAndGradients,
  type ParameterStore,
  type Scalar,
  type Tensor2D,
} from '@pose-rft/tensor';
import { createCropPool, type CropExample } from './crop-pool.js';
import { bytesToPixels } from './crop-bytes.js';
import { CROP_PIXELS } from './crop-size.js';
import { createPersonCrops, type PersonCropSource } from './person-crop-source.js';
import { createPoseEncoder, patchAt, poseEncoderOf, type PoseEncoder } from './pose-encoder.js';

/**
 * How an encoder is trained in about 25 minutes of one core. The one that ships got a tenth of these steps: docs/pictures.md.
 */
export const ENCODER_TRAINING = {
  steps: 12_000,
  /** Small: how many updates it makes, and not how many pictures each sees, is what a new tower learns by. */
  batchSize: 8,
  learningRate: 1e-3,
  weightDecay: 0.02,
  /** How often a rendered scene is learned from. */
  reuse: 8,
} as const;

/** What the terms of the loss weigh: metres count as they are, a patch's surprise little. */
const WEIGHTS = { places: 0.3, keypoints: 1, joints: 2, pose: 1 } as const;
const WARM_UP_STEPS = 200;
/** Crops of which the tower's start is measured. */
const START_PICTURES = 32;
/** Scenes whose mean the encoder starts from. */
const MEAN_SCENES = 256;

export interface EncoderStep {
  readonly step: number;
  readonly loss: number;
  /** Mean surprise about the joints' patches, nats. */
  readonly places: number;
  /** Mean distance of joints in view along each axis of the picture, in crops. */
  readonly keypoints: number;
  /** Mean error of the joints along each axis, metres. */
  readonly joints: number;
  /** Mean squared error of the rotations' numbers. */
  readonly pose: number;
  readonly sceneCount: number;
}

/**
 * Trains the pose-aware encoder from nothing on rendered people: which patch each joint is in, where in the picture,
 * where in space, and its rotation. Everything is drawn from the seed.
 *
 * @param options.onStep - called after every step, and waited for
 */
export async function pretrainPoseEncoder(options: {
  readonly seed: number;
  readonly steps?: number;
  /** Goes on from this encoder, on other pictures, instead of from nothing; it stays as it is. */
  readonly start?: PoseEncoder | undefined;
  /** Highest learning rate; it falls to a hundredth along a cosine. */
  readonly learningRate?: number;
  readonly onStep?: (step: EncoderStep, encoder: PoseEncoder) => void | Promise<void>;
  readonly signal?: AbortSignal;
}): Promise<PoseEncoder> {
  const { seed, steps = ENCODER_TRAINING.steps, start, onStep, signal } = options;
  const { learningRate = ENCODER_TRAINING.learningRate } = options;
  const random = createRandom(seed).split('pose encoder');
  const source = createPersonCrops({ seed, split: 'train' });
  const encoder =
    start === undefined
      ? createPoseEncoder({
          random: random.split('parameters'),
          pictures: Array.from({ length: START_PICTURES }, (_, index) =>
            bytesToPixels(source.crop(index).bytes),
          ),
          ...meanOfCrops(source),
        })
      : poseEncoderOf(trainableCopy(start.parameters));
  const pool = createCropPool({ source, random: random.split('batches'), reuse: ENCODER_TRAINING.reuse });
  const optimizer = createAdamW({
    beta1: 0.9,
    beta2: 0.99,
    weightDecay: ENCODER_TRAINING.weightDecay,
    maxGradientNorm: 1,
  });
  try {
    for (let step = 0; step < steps && signal?.aborted !== true; step++) {
      const batch = pool.batch(ENCODER_TRAINING.batchSize);
      const { loss, gradients, aux } = valueAndGradients(encoder.parameters, () =>
        encoderLoss(encoder, batch),
      );
      optimizer.step(encoder.parameters, gradients, learningRate * rateShareAt(step, steps));
      dispose(gradients);
      await onStep?.({ step: step + 1, loss, ...aux, sceneCount: pool.sceneCount }, encoder);
    }
  } finally {
    optimizer.dispose();
  }
  return encoder;
}

/** An encoder's parameters once more, to be trained: what was loaded is frozen. */
function trainableCopy(parameters: ParameterStore): ParameterStore {
  return createParameterStore(
    Object.fromEntries(parameters.names.map((name) => [name, clone(parameters.get(name))])),
  );
}

function rateShareAt(step: number, steps: number): number {
  const cosine = 0.01 + 0.99 * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  return cosine * Math.min(1, (step + 1) / WARM_UP_STEPS);
}

/** The mean of joints and rotations over the first scenes of a source: the answer of somebody who does not look. */
export function meanOfCrops(
  source: PersonCropSource,
  count: number = MEAN_SCENES,
): { readonly jointsMetres: Float32Array; readonly pose6d: Float32Array } {
  const joints = new Float64Array(3 * JOINT_COUNT);
  const pose = new Float64Array(6 * JOINT_COUNT);
  for (let index = 0; index < count; index++) {
    const { jointsMetres, pose6d } = source.crop(index);
    jointsMetres.forEach((metres, number) => (joints[number] = (joints[number] as number) + metres / count));
    pose6d.forEach((value, number) => (pose[number] = (pose[number] as number) + value / count));
  }
  return { jointsMetres: Float32Array.from(joints), pose6d: Float32Array.from(pose) };
}

/** The loss of a batch, to be called inside `valueAndGradients`. */
function encoderLoss(
  encoder: PoseEncoder,
  batch: readonly CropExample[],
): { loss: Scalar; aux: Omit<EncoderStep, 'step' | 'loss' | 'sceneCount'> } {
  const reading = encoder.read(batch.map(({ pixels }) => pixels));
  const [rows, tokens] = reading.logPlaces.shape;
  const { patches, keypoints, isSeen, seenCount } = keypointTargets(batch, tokens);
  const target = (key: 'jointsMetres' | 'pose6d', size: number): Tensor2D => {
    const values = new Float32Array(batch.length * size);
    batch.forEach((example, row) => values.set(example[key], row * size));
    return tensor2d(values, [batch.length, size]);
  };
  const places: Scalar = mul(
    neg(sum(mul(reading.logPlaces, tensor2d(patches, [rows, tokens])))),
    1 / seenCount,
  );
  const distance = abs(sub(reading.keypoints, tensor2d(keypoints, [rows, 2])));
  const keypointError: Scalar = mul(sum(mul(distance, tensor2d(isSeen, [rows, 2]))), 0.5 / seenCount);
  const joints: Scalar = mean(abs(sub(reading.joints, target('jointsMetres', 3 * JOINT_COUNT))));
  const pose: Scalar = mean(square(sub(reading.pose6d, target('pose6d', 6 * JOINT_COUNT))));
  const loss = [
    mul(places, WEIGHTS.places),
    mul(keypointError, WEIGHTS.keypoints),
    mul(joints, WEIGHTS.joints),
    mul(pose, WEIGHTS.pose),
  ].reduce((total, term) => add(total, term)) as Scalar;
  const number = (scalar: Scalar): number => scalar.dataSync<'float32'>()[0] as number;
  return {
    loss,
    aux: {
      places: number(places),
      keypoints: number(keypointError) / 2,
      joints: number(joints),
      pose: number(pose),
    },
  };
}

/** Where joints are, for those that the tower's patches reach; the others teach no place. */
function keypointTargets(
  batch: readonly CropExample[],
  tokens: number,
): {
  readonly patches: Float32Array;
  readonly keypoints: Float32Array;
  readonly isSeen: Float32Array;
  readonly seenCount: number;
} {
  const rows = batch.length * JOINT_COUNT;
  const patches = new Float32Array(rows * tokens);
  const keypoints = new Float32Array(2 * rows);
  const isSeen = new Float32Array(2 * rows);
  let seenCount = 0;
  batch.forEach(({ keypointsPixels }, index) => {
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      const x = keypointsPixels[2 * joint] as number;
      const y = keypointsPixels[2 * joint + 1] as number;
      const patch = patchAt(x, y);
      if (patch < 0) continue;
      const row = index * JOINT_COUNT + joint;
      patches[row * tokens + patch] = 1;
      keypoints.set([(2 * x) / CROP_PIXELS - 1, (2 * y) / CROP_PIXELS - 1], 2 * row);
      isSeen.set([1, 1], 2 * row);
      seenCount += 1;
    }
  });
  return { patches, keypoints, isSeen, seenCount: Math.max(1, seenCount) };
}
