import { CheckpointError } from './checkpoint-error.js';
import type { ParameterPlan } from './parameters.js';

/** What a file of weights holds, by name. */
export interface StoredEntries {
  readonly entries: ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }>;
}

const FLOAT_DTYPES: readonly string[] = ['F32', 'F16'];

/**
 * Checks that a file holds the planned tensors in their shapes, and no others.
 *
 * @param configFile - the file beside it that the plan comes from
 * @throws CheckpointError
 */
export function checkEntries(
  path: string,
  file: StoredEntries,
  plan: Readonly<Record<string, ParameterPlan>>,
  configFile: string,
): void {
  const remedy = `Weights and ${configFile} must be of one model: compare the configurations.`;
  const unknown = [...file.entries.keys()].find((name) => !(name in plan));
  if (unknown !== undefined)
    throw new CheckpointError({
      file: path,
      subject: `tensor ${unknown}`,
      expected: `only the ${Object.keys(plan).length} tensors of the configuration`,
      found: 'one that is none of them',
      remedy,
    });
  for (const [name, { shape }] of Object.entries(plan)) {
    const entry = file.entries.get(name);
    const isFloat = entry !== undefined && FLOAT_DTYPES.includes(entry.dtype);
    if (isFloat && entry.shape.join() === shape.join()) continue;
    throw new CheckpointError({
      file: path,
      subject: `tensor ${name}`,
      expected: `${FLOAT_DTYPES.join(' or ')} [${shape.join(', ')}]`,
      found: entry === undefined ? 'no such tensor' : `${entry.dtype} [${entry.shape.join(', ')}]`,
      remedy,
    });
  }
}

/** @throws CheckpointError naming the first number that is NaN or infinite */
export function requireFinite(path: string, name: string, values: Float32Array): void {
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken < 0) return;
  throw new CheckpointError({
    file: path,
    subject: `tensor ${name}`,
    expected: 'finite numbers (below 65520 in F16)',
    found: `${values[broken]} at ${broken}`,
    remedy: 'Training has diverged: go back to an earlier checkpoint, and lower the learning rate.',
  });
}

/** Turns errors of one kind into a CheckpointError that names the file. */
export async function refusing<Result>(
  kind: new (...parts: never[]) => Error,
  file: string,
  subject: string,
  body: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await body();
  } catch (cause) {
    if (!(cause instanceof kind)) throw cause;
    throw new CheckpointError({
      file,
      subject,
      expected: 'what saveCheckpoint writes',
      found: describe(cause),
      remedy: 'The file is damaged or of another program: take another checkpoint.',
      cause,
    });
  }
}

/** The fields of an object; none of anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** What an error says. */
export function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
