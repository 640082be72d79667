import { tensor2d, tensor3d, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { withGradient } from './custom-gradient.js';

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * {@link diagonalGaussianGroupLogProbs} in one pass over typed arrays, and one more for the gradient, with z = (x - mean) / sigma:
 * d/dmean = z / sigma, d/dlogStd = z^2 - 1.
 */
export function hostGaussianGroupLogProbs(
  samples: Float32Array,
  mean: Tensor2D,
  logStd: Tensor2D,
  sizes: { readonly samplesPerGaussian: number; readonly groupSize: number },
): Tensor3D {
  const [gaussianCount, width] = mean.shape;
  const shape = { ...sizes, gaussianCount, width };
  return withGradient([mean, logStd], () => {
    const means = mean.dataSync<'float32'>();
    const logStds = logStd.dataSync<'float32'>();
    const logDensities = groupLogDensities(samples, means, logStds, shape);
    return {
      value: tensor3d(logDensities, [gaussianCount, shape.samplesPerGaussian, width / shape.groupSize]),
      gradient: (slopes) => {
        const gradients = parameterGradients(samples, means, logStds, slopes.dataSync<'float32'>(), shape);
        return [tensor2d(gradients.mean, mean.shape), tensor2d(gradients.logStd, mean.shape)];
      },
    };
  });
}

interface Shape {
  readonly gaussianCount: number;
  readonly samplesPerGaussian: number;
  readonly width: number;
  readonly groupSize: number;
}

function groupLogDensities(
  samples: Float32Array,
  means: Float32Array,
  logStds: Float32Array,
  { gaussianCount, samplesPerGaussian, width, groupSize }: Shape,
): Float32Array {
  const groupCount = width / groupSize;
  const logDensities = new Float32Array(gaussianCount * samplesPerGaussian * groupCount);
  const precisions = new Float64Array(width);
  const peaks = new Float64Array(groupCount);
  let sample = 0;
  let group = 0;
  for (let gaussian = 0; gaussian < gaussianCount; gaussian++) {
    const offset = gaussian * width;
    peaks.fill(-groupSize * HALF_LOG_TWO_PI);
    for (let k = 0; k < width; k++) {
      const spread = logStds[offset + k] as number;
      precisions[k] = Math.exp(-spread);
      const index = Math.floor(k / groupSize);
      peaks[index] = (peaks[index] as number) - spread;
    }
    for (let s = 0; s < samplesPerGaussian; s++) {
      for (let start = 0; start < width; start += groupSize) {
        let squares = 0;
        for (let k = start; k < start + groupSize; k++) {
          const z =
            ((samples[sample++] as number) - (means[offset + k] as number)) * (precisions[k] as number);
          squares += z * z;
        }
        logDensities[group++] = (peaks[start / groupSize] as number) - 0.5 * squares;
      }
    }
  }
  return logDensities;
}

function parameterGradients(
  samples: Float32Array,
  means: Float32Array,
  logStds: Float32Array,
  slopes: Float32Array,
  { gaussianCount, samplesPerGaussian, width, groupSize }: Shape,
): { readonly mean: Float32Array; readonly logStd: Float32Array } {
  const mean = new Float32Array(means.length);
  const logStd = new Float32Array(means.length);
  const precisions = new Float64Array(width);
  const meanSums = new Float64Array(width);
  const logStdSums = new Float64Array(width);
  let sample = 0;
  let group = 0;
  for (let gaussian = 0; gaussian < gaussianCount; gaussian++) {
    const offset = gaussian * width;
    for (let k = 0; k < width; k++) precisions[k] = Math.exp(-(logStds[offset + k] as number));
    meanSums.fill(0);
    logStdSums.fill(0);
    for (let s = 0; s < samplesPerGaussian; s++) {
      for (let start = 0; start < width; start += groupSize) {
        const slope = slopes[group++] as number;
        for (let k = start; k < start + groupSize; k++) {
          const z =
            ((samples[sample++] as number) - (means[offset + k] as number)) * (precisions[k] as number);
          meanSums[k] = (meanSums[k] as number) + slope * z;
          logStdSums[k] = (logStdSums[k] as number) + slope * (z * z - 1);
        }
      }
    }
    for (let k = 0; k < width; k++) {
      mean[offset + k] = (meanSums[k] as number) * (precisions[k] as number);
      logStd[offset + k] = logStdSums[k] as number;
    }
  }
  return { mean, logStd };
}
