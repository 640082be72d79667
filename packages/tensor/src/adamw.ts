import { tensor as createTensor } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { ShapeMismatchError, type ParameterStore } from './parameter-store.js';
import {
  disposeMoments,
  globalNormOnCard,
  momentsOnCard,
  presentCard,
  readMoments,
  updateOnCard,
  type CardMoments,
} from './webgpu/adamw-on-card.js';

/** Settings of AdamW; the defaults are PyTorch's. */
export interface AdamWConfig {
  /** Decay of the first moment, in [0, 1) (default 0.9). */
  readonly beta1?: number;
  /** Decay of the second moment, in [0, 1) (default 0.999). */
  readonly beta2?: number;
  /** Added to the root of the second moment, > 0 (default 1e-8). */
  readonly epsilon?: number;
  /** Decoupled weight decay, >= 0 (default 0.01): each step first multiplies a weight by 1 - learningRate * weightDecay. */
  readonly weightDecay?: number;
  /** Which parameters decay (default: all). */
  readonly decays?: (name: string) => boolean;
  /** Gradients are scaled down to this global norm, > 0 (default: never). */
  readonly maxGradientNorm?: number;
}

/** The moments of one parameter, in its own element order, and the number of its updates. */
export interface AdamWMoments {
  readonly m: Float32Array;
  readonly v: Float32Array;
  readonly step: number;
}

/** Everything needed to continue: the number of applied steps, and the moments by parameter name. */
export interface AdamWState {
  readonly step: number;
  readonly moments: Readonly<Record<string, AdamWMoments>>;
}

/** What one step did. */
export interface AdamWStepReport {
  /** The global L2 norm of all gradients before clipping; NaN or Infinity if a gradient was not finite. */
  readonly gradientNorm: number;
  /** False if a gradient was not finite: then nothing changed, neither parameters nor moments. */
  readonly applied: boolean;
}

/** AdamW over a parameter store, with moments keyed by parameter name. */
export interface AdamW {
  /**
   * Updates the parameters that have a gradient. The gradients remain the caller's.
   *
   * @param learningRate - finite and >= 0
   * @param scaleOf - a factor on the learning rate per parameter (default 1)
   * @throws MissingParameterError if a gradient has a name that the store does not know
   * @throws ShapeMismatchError if a gradient, or a restored moment, does not fit its parameter
   */
  step(
    store: ParameterStore,
    gradients: Readonly<Record<string, Tensor>>,
    learningRate: number,
    scaleOf?: (name: string) => number,
  ): AdamWStepReport;
  /** A copy of the state, for a checkpoint. */
  state(): AdamWState;
  /** Continues from a saved state (copied); parameters that it does not name start afresh. */
  restore(state: AdamWState): void;
  /** Forgets all moments. */
  dispose(): void;
}

/** Thrown when an optimiser's settings, state or learning rate make no sense. */
export class InvalidOptimizerError extends Error {
  override readonly name = 'InvalidOptimizerError';
}

/**
 * AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", algorithm 2), as PyTorch computes it.
 *
 * Differences from tfjs's Adam: moments belong to names, not positions, so freezing or reordering parameters is safe;
 * weight decay and global-norm clipping; a step with a gradient that is not finite changes nothing and says so. Every
 * updated parameter is a fresh tensor: XNNPACK (wasm) caches packed weights per tensor and would miss changes in place.
 *
 * @throws InvalidOptimizerError if a setting is out of range
 * @example
 * ```ts
 * import { createAdamW, createParameterStore, dispose, square, sum, tensor1d, useBackend, valueAndGradients } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const store = createParameterStore({ x: tensor1d([1, -1]) });
 * const optimizer = createAdamW({ weightDecay: 0, maxGradientNorm: 1 });
 * for (let step = 0; step < 50; step++) {
 *   const { gradients } = valueAndGradients(store, () => ({ loss: sum(square(store.get('x'))), aux: null }));
 *   optimizer.step(store, gradients, 0.05);
 *   dispose(gradients);
 * }
 * console.assert(Math.abs(store.get('x').dataSync()[0] ?? 1) < 0.1);
 * store.dispose();
 * ```
 */
export function createAdamW(config: AdamWConfig = {}): AdamW {
  const settings = checkedSettings(config);
  /** On the host, or on the card that the last step ran on. */
  const moments = new Map<string, HostMoments | ResidentMoments>();
  let appliedSteps = 0;

  function forget(): void {
    for (const entry of moments.values()) if ('resident' in entry) disposeMoments(entry.resident);
    moments.clear();
  }

  function hostMoments(entry: HostMoments | ResidentMoments): HostMoments {
    if (!('resident' in entry)) return entry;
    const { resident, step } = entry;
    return { ...readMoments(resident), step };
  }

  function momentsOf(name: string, size: number): HostMoments {
    const known = moments.get(name);
    let entry = known && hostMoments(known);
    if (known !== undefined && 'resident' in known) disposeMoments(known.resident);
    if (entry !== undefined && entry !== known) moments.set(name, entry);
    if (entry === undefined) {
      entry = { m: new Float32Array(size), v: new Float32Array(size), step: 0 };
      moments.set(name, entry);
    }
    if (entry.m.length !== size)
      throw new ShapeMismatchError(name, `moments of ${size} numbers`, `moments of ${entry.m.length}`);
    return entry;
  }

  function coefficientsOf(
    name: string,
    step: number,
    rate: number,
    gradientNorm: number,
  ): UpdateCoefficients {
    const decay = settings.decays(name) ? settings.weightDecay : 0;
    return {
      beta1: settings.beta1,
      beta2: settings.beta2,
      epsilon: settings.epsilon,
      gradientScale: gradientNorm > settings.maxGradientNorm ? settings.maxGradientNorm / gradientNorm : 1,
      keptShare: 1 - rate * decay,
      stepSize: rate / (1 - settings.beta1 ** step),
      secondCorrection: Math.sqrt(1 - settings.beta2 ** step),
    };
  }

  /** The moments on the card that the present backend is; whatever lies elsewhere is brought there. */
  function residentMomentsOf(card: CardMoments['card'], name: string, size: number): ResidentMoments {
    const known = moments.get(name);
    if (known !== undefined && 'resident' in known && known.resident.card === card) {
      const found = (known.resident.info.shape[0] ?? 0) / 2;
      if (found === size) return known;
      throw new ShapeMismatchError(name, `moments of ${size} numbers`, `moments of ${found}`);
    }
    const host = momentsOf(name, size);
    return { resident: momentsOnCard(card, size, host), step: host.step };
  }

  return {
    step(store, gradients, learningRate, scaleOf) {
      if (!Number.isFinite(learningRate) || learningRate < 0)
        throw new InvalidOptimizerError(
          `AdamW: the learning rate must be finite and >= 0, got ${learningRate}`,
        );
      const names = Object.keys(gradients);
      const card = presentCard();
      if (card !== undefined) {
        for (const name of names) requireFit(store, gradients, name);
        const norm = globalNormOnCard(
          card,
          names.map((name) => gradients[name] as Tensor),
        );
        if (!Number.isFinite(norm)) return { gradientNorm: norm, applied: false };
        for (const name of names) {
          const parameter = store.get(name);
          const { resident, step } = residentMomentsOf(card, name, parameter.size);
          const rate = learningRate * (scaleOf?.(name) ?? 1);
          const coefficients = coefficientsOf(name, step + 1, rate, norm);
          const { moments: next, updated } = updateOnCard(
            resident,
            parameter,
            gradients[name] as Tensor,
            coefficients,
          );
          moments.set(name, { resident: next, step: step + 1 });
          if (updated !== undefined) store.replace(name, updated);
        }
        appliedSteps += 1;
        return { gradientNorm: norm, applied: true };
      }
      const slopes = names.map((name) => gradientValues(store, gradients, name));
      const gradientNorm = globalNorm(slopes);
      if (!Number.isFinite(gradientNorm)) return { gradientNorm, applied: false };
      names.forEach((name, index) => {
        const parameter = store.get(name);
        const entry = momentsOf(name, parameter.size);
        entry.step += 1;
        const rate = learningRate * (scaleOf?.(name) ?? 1);
        // Always a new array: dataSync may hand out the backend's own memory.
        const updated = new Float32Array(parameter.dataSync());
        const coefficients = coefficientsOf(name, entry.step, rate, gradientNorm);
        updateInPlace(updated, slopes[index] as Float32Array, entry, coefficients);
        store.replace(name, createTensor(updated, parameter.shape, 'float32'));
      });
      appliedSteps += 1;
      return { gradientNorm, applied: true };
    },
    state() {
      const copies: Record<string, AdamWMoments> = {};
      for (const [name, entry] of moments) {
        const { m, v, step } = hostMoments(entry);
        copies[name] = { m: m.slice(), v: v.slice(), step };
      }
      return { step: appliedSteps, moments: copies };
    },
    restore(state) {
      checkState(state);
      forget();
      for (const [name, { m, v, step }] of Object.entries(state.moments))
        moments.set(name, { m: m.slice(), v: v.slice(), step });
      appliedSteps = state.step;
    },
    dispose() {
      forget();
      appliedSteps = 0;
    },
  };
}

interface HostMoments {
  m: Float32Array;
  v: Float32Array;
  step: number;
}

/** On a card they are replaced, not changed. */
interface ResidentMoments {
  readonly resident: CardMoments;
  readonly step: number;
}

interface UpdateCoefficients {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly gradientScale: number;
  readonly keptShare: number;
  readonly stepSize: number;
  readonly secondCorrection: number;
}

function updateInPlace(
  values: Float32Array,
  slopes: Float32Array,
  moments: { readonly m: Float32Array; readonly v: Float32Array },
  coefficients: UpdateCoefficients,
): void {
  const { beta1, beta2, epsilon, gradientScale, keptShare, stepSize, secondCorrection } = coefficients;
  const { m, v } = moments;
  for (let index = 0; index < values.length; index++) {
    const slope = (slopes[index] as number) * gradientScale;
    const first = beta1 * (m[index] as number) + (1 - beta1) * slope;
    const second = beta2 * (v[index] as number) + (1 - beta2) * slope * slope;
    m[index] = first;
    v[index] = second;
    values[index] =
      (values[index] as number) * keptShare -
      (stepSize * first) / (Math.sqrt(second) / secondCorrection + epsilon);
  }
}

function gradientValues(
  store: ParameterStore,
  gradients: Readonly<Record<string, Tensor>>,
  name: string,
): Float32Array {
  return requireFit(store, gradients, name).dataSync<'float32'>();
}

/** The gradient, which must be of its parameter's shape. */
function requireFit(
  store: ParameterStore,
  gradients: Readonly<Record<string, Tensor>>,
  name: string,
): Tensor {
  const parameter = store.get(name);
  const gradient = gradients[name] as Tensor;
  const expected = `float32[${parameter.shape.join(', ')}]`;
  const found = `${gradient.dtype}[${gradient.shape.join(', ')}]`;
  if (found !== expected) throw new ShapeMismatchError(name, `a gradient ${expected}`, found);
  return gradient;
}

function globalNorm(arrays: readonly Float32Array[]): number {
  let sumOfSquares = 0;
  for (const values of arrays)
    for (let index = 0; index < values.length; index++)
      sumOfSquares += (values[index] as number) * (values[index] as number);
  return Math.sqrt(sumOfSquares);
}

function checkedSettings(config: AdamWConfig): Required<AdamWConfig> {
  const settings = {
    beta1: config.beta1 ?? 0.9,
    beta2: config.beta2 ?? 0.999,
    epsilon: config.epsilon ?? 1e-8,
    weightDecay: config.weightDecay ?? 0.01,
    decays: config.decays ?? (() => true),
    maxGradientNorm: config.maxGradientNorm ?? Infinity,
  };
  const demand = (field: string, value: number, holds: boolean, range: string): void => {
    if (!holds) throw new InvalidOptimizerError(`AdamW: ${field} must be ${range}, got ${value}`);
  };
  demand('beta1', settings.beta1, settings.beta1 >= 0 && settings.beta1 < 1, 'in [0, 1)');
  demand('beta2', settings.beta2, settings.beta2 >= 0 && settings.beta2 < 1, 'in [0, 1)');
  demand('epsilon', settings.epsilon, settings.epsilon > 0 && settings.epsilon < Infinity, 'finite and > 0');
  demand(
    'weightDecay',
    settings.weightDecay,
    settings.weightDecay >= 0 && settings.weightDecay < Infinity,
    'finite and >= 0',
  );
  demand('maxGradientNorm', settings.maxGradientNorm, settings.maxGradientNorm > 0, '> 0');
  return settings;
}

function checkState(state: AdamWState): void {
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0;
  if (!isCount(state.step))
    throw new InvalidOptimizerError(`AdamW state: step must be an integer >= 0, got ${state.step}`);
  for (const [name, { m, v, step }] of Object.entries(state.moments))
    if (
      !(m instanceof Float32Array) ||
      !(v instanceof Float32Array) ||
      m.length !== v.length ||
      !isCount(step)
    )
      throw new InvalidOptimizerError(
        `AdamW state of "${name}": expected two Float32Arrays m and v of one length and an integer step >= 0, ` +
          `found ${m?.constructor.name}(${m?.length}), ${v?.constructor.name}(${v?.length}), step ${step}`,
      );
}
