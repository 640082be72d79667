import { backend, engine, getBackend, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { OVER_LANES, runOnCard, WORKGROUP_SIZE, type CardKernel } from './web-gpu-program.js';
import { isWebGpuBackend, type WebGpuBackend } from './web-gpu-backend.js';

/** Both moments of a parameter on the card: the first's numbers, then the second's. */
export interface CardMoments {
  readonly card: WebGpuBackend;
  readonly info: TensorInfo;
}

/** Numbers of one parameter's update; the betas' complements are given so that they keep all their digits. */
export interface CardUpdate {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly gradientScale: number;
  readonly keptShare: number;
  readonly stepSize: number;
  readonly secondCorrection: number;
}

const momentsKernel: CardKernel = {
  name: 'AdamW.moments',
  operands: ['moments', 'gradient'],
  numbers: { count: 'i32', scale: 'f32', beta1: 'f32', share1: 'f32', beta2: 'f32', share2: 'f32' },
  layout: 'element',
  body: `
    let slope = gradient[index % uniforms.count] * uniforms.scale;
    if (index < uniforms.count) {
      result[index] = uniforms.beta1 * moments[index] + uniforms.share1 * slope;
    } else {
      result[index] = uniforms.beta2 * moments[index] + uniforms.share2 * slope * slope;
    }`,
};

const parameterKernel: CardKernel = {
  name: 'AdamW.parameter',
  operands: ['parameter', 'moments'],
  numbers: { keptShare: 'f32', stepSize: 'f32', secondCorrection: 'f32', epsilon: 'f32' },
  layout: 'element',
  body: `
    let root = sqrt(moments[uniforms.size + index]) / uniforms.secondCorrection;
    result[index] = parameter[index] * uniforms.keptShare -
      uniforms.stepSize * moments[index] / (root + uniforms.epsilon);`,
};

/** Sums of squares of a gradient's parts: workgroup g takes every `groups`-th run of lanes. */
const squaresKernel: CardKernel = {
  name: 'AdamW.squares',
  operands: ['gradient'],
  numbers: { count: 'i32' },
  declarations: OVER_LANES,
  layout: 'workgroup',
  body: `
    var squares = 0.0;
    let stride = uniforms.groups * ${WORKGROUP_SIZE};
    for (var place = group * ${WORKGROUP_SIZE} + lane; place < uniforms.count; place += stride) {
      squares += gradient[place] * gradient[place];
    }
    let all = sumOverLanes(lane, squares);
    if (lane == 0) { result[group] = all; }`,
};
const MOST_GROUPS = 64;

/** The present backend if it computes on a card by WebGPU. */
export function presentCard(): WebGpuBackend | undefined {
  if (getBackend() !== 'webgpu') return undefined;
  const present: object = backend();
  return isWebGpuBackend(present) ? present : undefined;
}

/** The global L2 norm of gradients: a dispatch each, then a number or a few of each are read. */
export function globalNormOnCard(card: WebGpuBackend, gradients: readonly Tensor[]): number {
  const parts = gradients
    .filter(({ size }) => size > 0)
    .map((gradient) => {
      const groups = Math.min(MOST_GROUPS, Math.ceil(gradient.size / WORKGROUP_SIZE));
      return runOnCard(squaresKernel, {
        backend: card,
        operands: [gradient],
        shape: [groups],
        groups,
        numbers: { count: gradient.size },
      });
    });
  const squares = parts.reduce((sum, { dataId }) => {
    const values = Array.from(card.readSync(dataId));
    card.disposeData(dataId);
    return sum + values.reduce((partial, value) => partial + value, 0);
  }, 0);
  return Math.sqrt(squares);
}

/** Moments from the host's, or zeros. */
export function momentsOnCard(
  card: WebGpuBackend,
  size: number,
  known?: { readonly m: Float32Array; readonly v: Float32Array },
): CardMoments {
  const values = new Float32Array(2 * size);
  if (known !== undefined) {
    values.set(known.m);
    values.set(known.v, size);
  }
  return { card, info: card.makeTensorInfo([2 * size], 'float32', values) };
}

/** A copy of the moments on the host. */
export function readMoments({ card, info }: CardMoments): { m: Float32Array; v: Float32Array } {
  const values = Float32Array.from(card.readSync(info.dataId));
  return { m: values.slice(0, values.length / 2), v: values.slice(values.length / 2) };
}

/** Frees them. */
export function disposeMoments({ card, info }: CardMoments): void {
  card.disposeData(info.dataId);
}

/**
 * One parameter's update in two dispatches; the moments given are freed, the parameter and its gradient are not. With a
 * rate of zero the parameter stays as it is: a card may take the smallest numbers for zero, and would change those.
 */
export function updateOnCard(
  moments: CardMoments,
  parameter: Tensor,
  gradient: Tensor,
  update: CardUpdate,
): { readonly moments: CardMoments; readonly updated: Tensor | undefined } {
  const { card } = moments;
  const { beta1, beta2, epsilon, gradientScale, keptShare, stepSize, secondCorrection } = update;
  const info = runOnCard(momentsKernel, {
    backend: card,
    operands: [moments.info, gradient],
    shape: moments.info.shape,
    numbers: {
      count: parameter.size,
      scale: gradientScale,
      beta1,
      share1: 1 - beta1,
      beta2,
      share2: 1 - beta2,
    },
  });
  disposeMoments(moments);
  const next: CardMoments = { card, info };
  if (stepSize === 0) return { moments: next, updated: undefined };
  const updated = runOnCard(parameterKernel, {
    backend: card,
    operands: [parameter, info],
    shape: parameter.shape,
    numbers: { keptShare, stepSize, secondCorrection, epsilon },
  });
  return { moments: next, updated: engine().makeTensorFromTensorInfo(updated) };
}
