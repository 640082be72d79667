import { match } from 'ts-pattern';
import type { MllmConfig } from './config.js';
import { CAMERA_SIZE } from './pose-head-config.js';
import { ROTATION_SIZE } from './rotation-size.js';
import type { ParameterPlan } from './parameters.js';

/** The pose head's parameters: names under `pose_head.`, shapes and starts. */
export function planPoseHead(
  { hiddenSize, poseHead, poseSize }: Pick<MllmConfig, 'hiddenSize' | 'poseHead' | 'poseSize'>,
  meanPose6d: Float32Array,
): Record<string, ParameterPlan> {
  const width = poseHead.hiddenSize;
  const plan: Record<string, ParameterPlan> = {};
  const weight = (name: string, outputs: number, gain: number, inputs = width): void => {
    plan[`pose_head.${name}.weight`] = {
      shape: [inputs, outputs],
      initial: { kind: 'normal', standardDeviation: gain / Math.sqrt(inputs) },
    };
  };
  const bias = (name: string, values: Float32Array | number): void => {
    plan[`pose_head.${name}.bias`] =
      typeof values === 'number'
        ? { shape: [values], initial: { kind: 'constant', value: 0 } }
        : { shape: [values.length], initial: { kind: 'values', values } };
  };
  const gaussian = (mean: string, logStd: string, start: Float32Array): void => {
    weight(mean, start.length, 0.1);
    bias(mean, start);
    // Starts in the middle of its bounds, where the sigmoid is steepest.
    weight(logStd, start.length, 0.02);
    bias(logStd, start.length);
  };
  weight('hidden', width, 1, hiddenSize);
  bias('hidden', width);
  const distribution = poseHead.distribution ?? { kind: 'diagonal' };
  const componentCount = distribution.kind === 'mixture' ? distribution.componentCount : 1;
  gaussian('mean', 'log_std', repeated(meanPose6d, componentCount));
  match(distribution)
    .with({ kind: 'diagonal' }, () => undefined)
    .with({ kind: 'lowRank' }, ({ rank }) => {
      weight('low_rank', poseSize * rank, 0.1);
      bias('low_rank', poseSize * rank);
    })
    .with({ kind: 'cholesky' }, ({ within }) => {
      const block = within === 'joint' ? ROTATION_SIZE : poseSize;
      const outputs = (poseSize / block) * strictTriangleSize(block);
      weight('cholesky', outputs, 0.02);
      bias('cholesky', outputs);
    })
    .with({ kind: 'mixture' }, () => {
      weight('mixture', componentCount, 0.02);
      bias('mixture', componentCount);
    })
    .exhaustive();
  if (shapeSizeOf(poseHead) > 0)
    gaussian('shape_mean', 'shape_log_std', new Float32Array(shapeSizeOf(poseHead)));
  if (poseHead.hasCamera === true)
    gaussian('camera_mean', 'camera_log_std', Float32Array.from({ length: CAMERA_SIZE }, (_, i) => +(i === 0))); // prettier-ignore
  return plan;
}

/** Numbers below the diagonal of an n x n matrix. */
export function strictTriangleSize(n: number): number {
  return (n * (n - 1)) / 2;
}

/** Shape coefficients that a head gives. */
export function shapeSizeOf({ shapeSize = 0 }: { readonly shapeSize?: number }): number {
  return shapeSize;
}

function repeated(values: Float32Array, count: number): Float32Array {
  const all = new Float32Array(count * values.length);
  for (let copy = 0; copy < count; copy++) all.set(values, copy * values.length);
  return all;
}
