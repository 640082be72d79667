import { keep, tensor2d, tidy } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { ROTATION_SIZE } from './config.js';
import type { Decoder } from './decoder.js';

/** Poses drawn from M distributions, V from each. */
export interface PoseDraws {
  /** [M * V] poses of poseSize numbers each. */
  readonly poses: readonly Float32Array[];
  /** [M, V, K] row-major: their log-densities, summed over the 6 numbers of each joint. */
  readonly logProbs: Float32Array;
  readonly distributions: {
    /** [M * poseSize] */
    readonly mean: Float32Array;
    /** [M * poseSize] natural logarithms of the standard deviations. */
    readonly logStandardDeviation: Float32Array;
  };
}

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Draws poses given hidden states at `<POSE>`: however many, they cost one pass of the pose head for each state.
 *
 * @param hiddenStates - [M * hiddenSize]
 * @param options.greedy - takes the mean for every sample
 */
export async function drawPoses(
  decoder: Decoder,
  hiddenStates: Float32Array,
  options: { readonly samplesPerCandidate: number; readonly random: Random; readonly greedy: boolean },
): Promise<PoseDraws> {
  const { samplesPerCandidate, random, greedy } = options;
  const { hiddenSize, poseSize } = decoder.config;
  const distributions = await poseDistributionData(decoder, hiddenStates);
  const stateCount = hiddenStates.length / hiddenSize;
  const jointCount = poseSize / ROTATION_SIZE;
  const poses: Float32Array[] = [];
  const logProbs = new Float32Array(stateCount * samplesPerCandidate * jointCount);
  const noise = new Float32Array(poseSize);
  const standardDeviations = new Float64Array(poseSize);
  for (let state = 0; state < stateCount; state++) {
    const mean = distributions.mean.subarray(state * poseSize, (state + 1) * poseSize);
    const logStd = distributions.logStandardDeviation.subarray(state * poseSize, (state + 1) * poseSize);
    // Once a state, not once a sample: the exponentials would cost more than everything else here.
    logStd.forEach((value, index) => (standardDeviations[index] = Math.exp(value)));
    for (let sample = 0; sample < samplesPerCandidate; sample++) {
      if (!greedy) random.fillNormal(noise);
      const pose = new Float32Array(poseSize);
      const firstJoint = poses.length * jointCount;
      for (let joint = 0; joint < jointCount; joint++) {
        let logDensity = 0;
        for (let index = joint * ROTATION_SIZE; index < (joint + 1) * ROTATION_SIZE; index++) {
          const standardDeviation = standardDeviations[index] as number;
          pose[index] = (mean[index] as number) + standardDeviation * (noise[index] as number);
          // From the stored float32 pose, not from the noise: that is what a later pass sees.
          const deviation = ((pose[index] as number) - (mean[index] as number)) / standardDeviation;
          logDensity -= 0.5 * deviation * deviation + (logStd[index] as number) + HALF_LOG_TWO_PI;
        }
        logProbs[firstJoint + joint] = logDensity;
      }
      poses.push(pose);
    }
  }
  return { poses, logProbs, distributions };
}

async function poseDistributionData(
  decoder: Decoder,
  hiddenStates: Float32Array,
): Promise<PoseDraws['distributions']> {
  const { hiddenSize } = decoder.config;
  const stateCount = hiddenStates.length / hiddenSize;
  if (stateCount === 0) return { mean: new Float32Array(0), logStandardDeviation: new Float32Array(0) };
  const { mean, logStandardDeviation } = tidy(() => {
    const poses = decoder.poses(tensor2d(hiddenStates, [stateCount, hiddenSize]));
    return { mean: keep(poses.mean), logStandardDeviation: keep(poses.logStandardDeviation) };
  });
  try {
    return {
      mean: Float32Array.from(await mean.data()),
      logStandardDeviation: Float32Array.from(await logStandardDeviation.data()),
    };
  } finally {
    mean.dispose();
    logStandardDeviation.dispose();
  }
}
