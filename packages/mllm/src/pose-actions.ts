import type { NestedLogProbs } from '@pose-rft/hybrid-actions';
import type { MllmAction } from './policy.js';
import { poseComponent, type PoseComponent } from './pose-components.js';
import type { PoseDraws } from './pose-draws.js';

/** The poses that M candidates give at their first `<POSE>`, or at their second, ... */
export interface CandidatePoses extends PoseDraws {
  /** [M] ascending. */
  readonly candidates: Int32Array;
}

/** Every candidate's V actions; those of one candidate share the answer. */
export function joinActions(
  answers: readonly (readonly number[])[],
  draws: readonly CandidatePoses[],
  samplesPerCandidate: number,
): readonly MllmAction[] {
  const firstPlaces = draws.map(
    ({ candidates }) =>
      new Map(Array.from(candidates, (candidate, row) => [candidate, row * samplesPerCandidate])),
  );
  return answers.flatMap((answer, candidate) =>
    Array.from({ length: samplesPerCandidate }, (_, sample): MllmAction => {
      const components: Partial<Record<PoseComponent, Float32Array>> = {};
      draws.forEach(({ poses, shape, camera }, pose) => {
        const first = firstPlaces[pose]?.get(candidate);
        if (first === undefined) return;
        for (const [kind, drawn] of [
          ['pose', poses],
          ['shape', shape?.vectors],
          ['camera', camera?.vectors],
        ] as const) {
          const vector = drawn?.[first + sample];
          if (vector !== undefined) components[poseComponent(kind, pose)] = vector;
        }
      });
      return { answer, ...components };
    }),
  );
}

export function nestedLogProbs(
  { candidates }: CandidatePoses,
  values: Float32Array,
  groups: number,
): NestedLogProbs<Float32Array> {
  return { kind: 'nested', values, candidates, groups };
}

/** The log-probabilities of all components that poses bring. */
export function poseLogProbs(
  draws: readonly CandidatePoses[],
  jointCount: number,
): Readonly<Record<string, NestedLogProbs<Float32Array>>> {
  const logProbs: Record<string, NestedLogProbs<Float32Array>> = {};
  draws.forEach((drawn, pose) => {
    logProbs[poseComponent('pose', pose)] = nestedLogProbs(drawn, drawn.logProbs, jointCount);
    for (const kind of ['shape', 'camera'] as const) {
      const beside = drawn[kind];
      if (beside !== undefined)
        logProbs[poseComponent(kind, pose)] = nestedLogProbs(drawn, beside.logProbs, 1);
    }
  });
  return logProbs;
}
