import type { ComponentLogProbs, Rollout } from '@pose-rft/hybrid-actions';

/** Thrown when a rollout contradicts itself, or a policy's scores or given advantages do not fit it. */
export class RolloutShapeError extends Error {
  override readonly name = 'RolloutShapeError';
}

/**
 * Checks that a rollout's arrays fit its axes and that its log-probabilities are finite: a NaN that enters here would
 * silently poison the parameters.
 *
 * @throws RolloutShapeError
 */
export function requireConsistentRollout(rollout: Rollout<unknown, unknown>): void {
  const { prompts, candidatesPerPrompt, samplesPerCandidate, actions } = rollout;
  const expected = prompts.length * candidatesPerPrompt * samplesPerCandidate;
  if (actions.length !== expected)
    throw new RolloutShapeError(
      `the rollout has ${actions.length} actions; expected ${prompts.length} prompts * ` +
        `${candidatesPerPrompt} candidates * ${samplesPerCandidate} samples = ${expected}`,
    );
  const candidateCount = prompts.length * candidatesPerPrompt;
  for (const [name, component] of Object.entries(rollout.logProbs)) {
    if (component.kind === 'sequence') requireOffsets(name, component.offsets, candidateCount);
    else requireCandidates(name, component.candidates, candidateCount);
    const size =
      component.kind === 'sequence'
        ? (component.offsets.at(-1) as number)
        : component.candidates.length * samplesPerCandidate * component.groups;
    if (component.values.length !== size)
      throw new RolloutShapeError(
        `component '${name}' has ${component.values.length} log-probabilities; its axes say ${size}`,
      );
    requireFinite(name, component);
  }
}

function requireOffsets(name: string, offsets: Int32Array, candidateCount: number): void {
  const ascending = offsets.every((offset, index) => index === 0 || offset >= (offsets[index - 1] as number));
  if (offsets.length !== candidateCount + 1 || offsets[0] !== 0 || !ascending)
    throw new RolloutShapeError(
      `component '${name}' has ${offsets.length} offsets; expected ${candidateCount + 1}, ascending from 0`,
    );
}

function requireCandidates(name: string, candidates: Int32Array, candidateCount: number): void {
  candidates.forEach((candidate, index) => {
    const before = index === 0 ? -1 : (candidates[index - 1] as number);
    if (!(candidate > before && candidate < candidateCount))
      throw new RolloutShapeError(
        `component '${name}': candidate ${candidate} follows ${before}; expected ascending indices below ${candidateCount}`,
      );
  });
}

function requireFinite(name: string, { values }: ComponentLogProbs<Float32Array>): void {
  for (let index = 0; index < values.length; index++)
    if (!Number.isFinite(values[index]))
      throw new RolloutShapeError(
        `component '${name}': log-probability ${index} at sampling time is ${values[index]}; ` +
          'expected finite numbers (mask impossible tokens before sampling, and bound the standard deviation)',
      );
}
