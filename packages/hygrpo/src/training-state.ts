import type { RandomState } from '@pose-rft/random';
import {
  dataToTensor,
  tensorToData,
  type AdamWState,
  type ParameterStore,
  type TensorData,
} from '@pose-rft/tensor';
import type { EarlyStopState } from './early-stop.js';
import type { KlCoefficients } from './kl-control.js';
import type { JsonValue } from './prompt-source.js';

/** A run at the end of an iteration: everything that its continuation needs to be bit for bit the same. */
export interface TrainingState {
  /** Iterations done. */
  readonly iteration: number;
  /** All parameters of the policy, frozen ones included. */
  readonly parameters: Readonly<Record<string, TensorData>>;
  readonly optimizer: AdamWState;
  /** The run's stream, from which every iteration splits its own. */
  readonly random: RandomState;
  /** The position of the prompt source; null for a plain function. */
  readonly prompts: JsonValue;
  readonly klCoefficients: KlCoefficients;
  readonly earlyStop: EarlyStopState;
  /** The run's config; functions in it as '[function]'. */
  readonly config: JsonValue;
}

/** Where the checkpoints of a run are kept; on disk: `fileCheckpoints` of `@pose-rft/hygrpo/node`. */
export interface CheckpointStore {
  /** Resolves when the state would outlive a crash. */
  save(state: TrainingState): Promise<void>;
  /** The newest state; undefined if there is none. */
  load(): Promise<TrainingState | undefined>;
}

/** How a run saves its state, and whether it goes on from one. */
export interface RunCheckpoints {
  readonly store: CheckpointStore;
  /** A checkpoint is also written when the run ends, unless it ends in the middle of an update. Default 50. */
  readonly everyIterations?: number;
  /**
   * Whether to go on from the newest checkpoint, if there is one. Default false: then there must be none, for a new run
   * would leave its own among those of an old one.
   */
  readonly resume?: boolean;
  /** Whether a run may go on under another config, apart from `iterations`. Default 'throw'. */
  readonly onConfigChange?: 'throw' | 'accept';
}

/** Thrown when a checkpoint is sound but not one of this run. */
export class CheckpointMismatchError extends Error {
  override readonly name = 'CheckpointMismatchError';
}

/** Thrown when a run would begin from the start although there are checkpoints of another one. */
export class CheckpointExistsError extends Error {
  override readonly name = 'CheckpointExistsError';
}

/** A copy of all parameters outside the engine. */
export function readParameters(store: ParameterStore): Record<string, TensorData> {
  return Object.fromEntries(store.names.map((name) => [name, tensorToData(store.get(name))]));
}

/**
 * Puts saved parameters into a store; all or none.
 *
 * @throws CheckpointMismatchError if names, shapes or element types differ
 */
export function restoreParameters(store: ParameterStore, saved: Readonly<Record<string, TensorData>>): void {
  const differences = [
    ...store.names
      .filter((name) => !Object.hasOwn(saved, name))
      .map((name) => `'${name}' is not in the checkpoint`),
    ...Object.entries(saved).flatMap(([name, data]) => {
      if (!store.names.includes(name)) return `'${name}' is not a parameter of the policy`;
      const present = store.get(name);
      const expected = describe(TENSOR_DTYPE[present.dtype as keyof typeof TENSOR_DTYPE], present.shape);
      const found = describe(data.dtype, data.shape);
      return expected === found
        ? []
        : `'${name}' is ${expected} in the policy and ${found} in the checkpoint`;
    }),
  ];
  if (differences.length > 0)
    throw new CheckpointMismatchError(
      `the checkpoint is of another policy: ${differences.slice(0, 4).join('; ')}` +
        (differences.length > 4 ? `; and ${differences.length - 4} more` : ''),
    );
  for (const [name, data] of Object.entries(saved)) store.replace(name, dataToTensor(data));
}

const TENSOR_DTYPE = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const;

function describe(dtype: string | undefined, shape: readonly number[]): string {
  return `${dtype}[${shape.join(', ')}]`;
}

/** A config as JSON; functions as '[function]', numbers that JSON does not have by their names. */
export function describeConfig(config: object): JsonValue {
  return JSON.parse(
    JSON.stringify(config, (_, value: unknown) => {
      if (typeof value === 'function') return '[function]';
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
    }),
  ) as JsonValue;
}

/**
 * Whatever differs but the number of iterations changes what the run computes.
 *
 * @throws CheckpointMismatchError
 */
export function requireSameConfig(saved: JsonValue, present: JsonValue): void {
  const difference = firstDifference(saved, present, 'config');
  if (difference)
    throw new CheckpointMismatchError(
      `the run was started under another config: ${difference}; restore it, or pass onConfigChange: 'accept'`,
    );
}

function firstDifference(saved: JsonValue, present: JsonValue, path: string): string | undefined {
  if (isRecord(saved) && isRecord(present)) {
    for (const key of new Set([...Object.keys(saved), ...Object.keys(present)])) {
      const at = `${path}.${key}`;
      if (at === 'config.iterations') continue;
      const difference = firstDifference(saved[key] ?? null, present[key] ?? null, at);
      if (difference) return difference;
    }
    return undefined;
  }
  const [before, now] = [JSON.stringify(saved), JSON.stringify(present)];
  return before === now ? undefined : `${path} was ${before} and is ${now}`;
}

function isRecord(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
