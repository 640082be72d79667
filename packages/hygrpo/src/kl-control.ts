import type { Schedule } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { demand, HyGrpoConfigError } from './config-checks.js';

/** How the KL coefficient of one component moves in the course of a run; it starts from its `klCoefficient`. */
export type KlControl = FixedKlControl | ScheduledKlControl | AdaptiveKlControl;

export interface FixedKlControl {
  readonly kind: 'fixed';
}

/** `klCoefficient` times a factor by iteration. */
export interface ScheduledKlControl {
  readonly kind: 'scheduled';
  readonly factor: Schedule;
}

/** Raised while the measured KL is above the target, lowered while it is below: {@link adaptedKlCoefficient}. */
export interface AdaptiveKlControl {
  readonly kind: 'adaptive';
  /** The wanted `kl/{component}` in nats, > 0. */
  readonly target: number;
  /** Candidates after which the full correction of 20 % has accumulated, > 0. */
  readonly horizon: number;
}

/** The present coefficients, by component: all that a controller remembers. */
export type KlCoefficients = Readonly<Record<string, number>>;

const LARGEST_ERROR = 0.2;

/**
 * One step of the adaptive controller: `beta (1 + e n / horizon)` with `e = clip(KL / target - 1, -0.2, 0.2)` (Ziegler
 * et al., "Fine-tuning language models from human preferences", arXiv 1909.08593, section 2.2).
 *
 * @param coefficient - beta
 * @param divergence - the measured KL, in nats
 * @param candidates - n: how many candidates it was measured on
 * @example
 * ```ts
 * import { adaptedKlCoefficient } from '@pose-rft/hygrpo';
 *
 * const control = { kind: 'adaptive', target: 0.1, horizon: 1000 } as const;
 * console.assert(Math.abs(adaptedKlCoefficient(0.5, 9, 100, control) - 0.51) < 1e-12);
 * ```
 */
export function adaptedKlCoefficient(
  coefficient: number,
  divergence: number,
  candidates: number,
  { target, horizon }: Pick<AdaptiveKlControl, 'target' | 'horizon'>,
): number {
  const error = Math.min(LARGEST_ERROR, Math.max(-LARGEST_ERROR, divergence / target - 1));
  return coefficient * (1 + (error * candidates) / horizon);
}

/** The coefficients in force in an iteration: the remembered ones, or the schedule's. */
export function presentKlCoefficients(
  remembered: KlCoefficients,
  controls: Readonly<Record<string, KlControl>>,
  iteration: number,
): KlCoefficients {
  return mapCoefficients(remembered, controls, (coefficient, control) =>
    control.kind === 'scheduled' ? coefficient * control.factor(iteration) : coefficient,
  );
}

/** What an iteration teaches the adaptive controllers; a component whose KL was not measured keeps its coefficient. */
export function adaptKlCoefficients(
  remembered: KlCoefficients,
  controls: Readonly<Record<string, KlControl>>,
  divergenceOf: (component: string) => number | undefined,
  candidates: number,
): KlCoefficients {
  return mapCoefficients(remembered, controls, (coefficient, control, name) => {
    const divergence = divergenceOf(name);
    return control.kind === 'adaptive' && divergence !== undefined && Number.isFinite(divergence)
      ? adaptedKlCoefficient(coefficient, divergence, candidates, control)
      : coefficient;
  });
}

/**
 * @param coefficients - the `klCoefficient` of every component
 * @throws HyGrpoConfigError
 */
export function requireKlControls(
  controls: Readonly<Record<string, KlControl>>,
  coefficients: KlCoefficients,
): void {
  for (const [name, control] of Object.entries(controls)) {
    const field = `klControl.${name}`;
    const coefficient = coefficients[name];
    if (coefficient === undefined)
      throw new HyGrpoConfigError(
        field,
        control.kind,
        `a component: ${Object.keys(coefficients).join(', ')}`,
      );
    match(control)
      .with({ kind: 'fixed' }, () => {})
      .with({ kind: 'scheduled' }, ({ factor }) =>
        demand(`${field}.factor`, typeof factor, typeof factor === 'function', 'a schedule'),
      )
      .with({ kind: 'adaptive' }, ({ target, horizon }) => {
        demand(`${field}.target`, target, target > 0 && target < Infinity, 'a finite number > 0');
        demand(`${field}.horizon`, horizon, horizon > 0 && horizon < Infinity, 'a finite number > 0');
        demand(`components.${name}.klCoefficient`, coefficient, coefficient > 0, '> 0, to be adapted');
      })
      .exhaustive();
  }
}

function mapCoefficients(
  coefficients: KlCoefficients,
  controls: Readonly<Record<string, KlControl>>,
  map: (coefficient: number, control: KlControl, name: string) => number,
): KlCoefficients {
  return Object.fromEntries(
    Object.entries(coefficients).map(([name, coefficient]) => {
      const control = controls[name];
      return [name, control === undefined ? coefficient : map(coefficient, control, name)];
    }),
  );
}
