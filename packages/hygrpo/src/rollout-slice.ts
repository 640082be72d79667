import type { ComponentLogProbs, Rollout } from '@pose-rft/hybrid-actions';
import type { ComponentAdvantages, ScoredReward } from './reward-aggregation.js';
import { RolloutShapeError } from './rollout-shape.js';

/**
 * The part of a rollout that belongs to some of its prompts, in the given order, as if only they had been acted on.
 *
 * @param prompts - indices into `rollout.prompts`, each at most once
 * @throws RolloutShapeError for an index that is not there
 * @example
 * ```ts
 * import { selectPrompts } from '@pose-rft/hygrpo';
 *
 * const rollout = {
 *   prompts: ['a', 'b'],
 *   candidatesPerPrompt: 1,
 *   samplesPerCandidate: 1,
 *   actions: [[1, 2], [3]],
 *   logProbs: {
 *     answer: { kind: 'sequence', values: Float32Array.of(-1, -2, -3), offsets: Int32Array.of(0, 2, 3) },
 *   },
 *   policyVersion: 0,
 * } as const;
 * const { prompts, logProbs } = selectPrompts(rollout, [1]);
 * console.assert(prompts.join() === 'b' && logProbs['answer']?.values.join() === '-3');
 * ```
 */
export function selectPrompts<Prompt, Action>(
  rollout: Rollout<Prompt, Action>,
  prompts: readonly number[],
): Rollout<Prompt, Action> {
  requirePrompts(rollout, prompts);
  if (isEverything(rollout, prompts)) return rollout;
  const { candidatesPerPrompt, samplesPerCandidate, actions } = rollout;
  const actionsPerPrompt = candidatesPerPrompt * samplesPerCandidate;
  return {
    ...rollout,
    prompts: prompts.map((prompt) => rollout.prompts[prompt] as Prompt),
    actions: prompts.flatMap((prompt) =>
      actions.slice(prompt * actionsPerPrompt, (prompt + 1) * actionsPerPrompt),
    ),
    logProbs: Object.fromEntries(
      Object.entries(rollout.logProbs).map(([name, component]) => [
        name,
        selectComponent(component, rollout, prompts),
      ]),
    ),
  };
}

/** The advantages of some prompts, in the given order: what {@link selectPrompts} is for a rollout. */
export function selectAdvantages(
  advantages: Pick<ComponentAdvantages, 'values' | 'perGroup'>,
  component: ComponentLogProbs<Float32Array>,
  rollout: Rollout<unknown, unknown>,
  prompts: readonly number[],
): Pick<ComponentAdvantages, 'values' | 'perGroup'> {
  if (isEverything(rollout, prompts)) return advantages;
  const rows = rowsOfPrompts(component, rollout, prompts);
  return { ...advantages, values: gather(advantages.values, rows, rowCountOf(component)) };
}

/** The scores of some prompts, in the given order. */
export function selectScored(
  scored: readonly ScoredReward[],
  component: ComponentLogProbs<Float32Array>,
  rollout: Rollout<unknown, unknown>,
  prompts: readonly number[],
): readonly ScoredReward[] {
  if (isEverything(rollout, prompts)) return scored;
  const rows = rowsOfPrompts(component, rollout, prompts);
  const rowCount = rowCountOf(component);
  return scored.map((reward) => ({
    ...reward,
    values: gather(reward.values, rows, rowCount),
    ...(reward.perGroup ? { perGroup: gather(reward.perGroup, rows, rowCount) } : {}),
  }));
}

/**
 * Several rollouts of one policy as one, prompts one after the other.
 *
 * @param rollouts - at least one; with equal G and V, and the same components
 * @throws RolloutShapeError if they do not fit each other
 */
export function concatenateRollouts<Prompt, Action>(
  rollouts: readonly Rollout<Prompt, Action>[],
): Rollout<Prompt, Action> {
  const [first] = rollouts;
  if (first === undefined) throw new RolloutShapeError('no rollouts to concatenate');
  if (rollouts.length === 1) return first;
  for (const { candidatesPerPrompt, samplesPerCandidate } of rollouts)
    if (
      candidatesPerPrompt !== first.candidatesPerPrompt ||
      samplesPerCandidate !== first.samplesPerCandidate
    )
      throw new RolloutShapeError(
        `rollouts of ${first.candidatesPerPrompt} * ${first.samplesPerCandidate} and of ${candidatesPerPrompt} * ` +
          `${samplesPerCandidate} candidates * samples cannot be joined`,
      );
  return {
    ...first,
    prompts: rollouts.flatMap(({ prompts }) => prompts),
    actions: rollouts.flatMap(({ actions }) => actions),
    logProbs: Object.fromEntries(
      Object.keys(first.logProbs).map((name) => [name, concatenateComponent(name, rollouts)]),
    ),
  };
}

/** Float32Arrays one after the other. */
export function concatenateArrays(arrays: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    joined.set(array, at);
    at += array.length;
  }
  return joined;
}

/** Which rows of a component (candidates, or valid candidates) belong to the prompts. */
function rowsOfPrompts(
  component: ComponentLogProbs<Float32Array>,
  { candidatesPerPrompt }: Rollout<unknown, unknown>,
  prompts: readonly number[],
): readonly number[] {
  const candidates = prompts.flatMap((prompt) =>
    Array.from({ length: candidatesPerPrompt }, (_, index) => prompt * candidatesPerPrompt + index),
  );
  if (component.kind === 'sequence') return candidates;
  const rowOf = new Map(Array.from(component.candidates, (candidate, row) => [candidate, row]));
  return candidates.flatMap((candidate) => rowOf.get(candidate) ?? []);
}

function rowCountOf(component: ComponentLogProbs<Float32Array>): number {
  return component.kind === 'sequence' ? component.offsets.length - 1 : component.candidates.length;
}

function selectComponent(
  component: ComponentLogProbs<Float32Array>,
  rollout: Rollout<unknown, unknown>,
  prompts: readonly number[],
): ComponentLogProbs<Float32Array> {
  const rows = rowsOfPrompts(component, rollout, prompts);
  if (component.kind === 'nested') {
    const { candidatesPerPrompt } = rollout;
    const newPrompt = new Map(prompts.map((prompt, index) => [prompt, index]));
    const candidates = Int32Array.from(rows, (row) => {
      const old = component.candidates[row] as number;
      const prompt = newPrompt.get(Math.floor(old / candidatesPerPrompt)) as number;
      return prompt * candidatesPerPrompt + (old % candidatesPerPrompt);
    });
    return { ...component, candidates, values: gather(component.values, rows, component.candidates.length) };
  }
  const parts = rows.map((row) =>
    component.values.subarray(component.offsets[row] as number, component.offsets[row + 1] as number),
  );
  return { ...component, values: concatenateArrays(parts), offsets: offsetsOf(parts) };
}

function concatenateComponent(
  name: string,
  rollouts: readonly Rollout<unknown, unknown>[],
): ComponentLogProbs<Float32Array> {
  const parts = rollouts.map(({ logProbs }) => logProbs[name]);
  const [first] = parts;
  const misfit = (): RolloutShapeError =>
    new RolloutShapeError(`component '${name}' is not in all rollouts, or not of the same kind in all`);
  const values = (): Float32Array =>
    concatenateArrays(parts.map((part) => part?.values ?? new Float32Array()));
  if (first === undefined) throw misfit();
  if (first.kind === 'sequence') {
    const lengths = parts.flatMap((part) => {
      if (part?.kind !== 'sequence') throw misfit();
      return Array.from(part.offsets.subarray(1), (end, row) => end - (part.offsets[row] as number));
    });
    return { ...first, values: values(), offsets: offsetsOf(lengths.map((length) => ({ length }))) };
  }
  let candidatesBefore = 0;
  const candidates: number[] = [];
  parts.forEach((part, index) => {
    if (part?.kind !== 'nested' || part.groups !== first.groups) throw misfit();
    for (const candidate of part.candidates) candidates.push(candidatesBefore + candidate);
    const { prompts, candidatesPerPrompt } = rollouts[index] as Rollout<unknown, unknown>;
    candidatesBefore += prompts.length * candidatesPerPrompt;
  });
  return { ...first, values: values(), candidates: Int32Array.from(candidates) };
}

function offsetsOf(parts: readonly { readonly length: number }[]): Int32Array {
  const offsets = new Int32Array(parts.length + 1);
  parts.forEach(({ length }, index) => {
    offsets[index + 1] = (offsets[index] as number) + length;
  });
  return offsets;
}

function gather(values: Float32Array, rows: readonly number[], rowCount: number): Float32Array {
  const length = rowCount === 0 ? 0 : values.length / rowCount;
  const gathered = new Float32Array(rows.length * length);
  rows.forEach((row, index) => {
    gathered.set(values.subarray(row * length, (row + 1) * length), index * length);
  });
  return gathered;
}

function isEverything(rollout: Rollout<unknown, unknown>, prompts: readonly number[]): boolean {
  return prompts.length === rollout.prompts.length && prompts.every((prompt, index) => prompt === index);
}

function requirePrompts(rollout: Rollout<unknown, unknown>, prompts: readonly number[]): void {
  const wrong = prompts.find(
    (prompt) => !(Number.isInteger(prompt) && prompt >= 0 && prompt < rollout.prompts.length),
  );
  if (wrong !== undefined)
    throw new RolloutShapeError(`there is no prompt ${wrong}: the rollout has ${rollout.prompts.length}`);
}
