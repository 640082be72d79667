/** What a number measures, in the abbreviation of the literature. */
export type MetricName =
  'MPJPE' | 'PA-MPJPE' | 'PVE' | 'PA-PVE' | 'PCK' | 'AUC' | 'acceleration error' | 'MPJAE' | 'PA-MPJAE';

/** The unit of a measurement; a fraction lies in [0, 1]. */
export type MeasurementUnit =
  'millimetres' | 'degrees' | 'fraction' | 'millimetres per frame squared' | 'millimetres per second squared';

/** A number, and everything that it takes to compare it with another. */
export interface Measurement {
  readonly metric: MetricName;
  readonly value: number;
  readonly unit: MeasurementUnit;
  /** The name of the protocol: which joints or vertices, from where, and how they were aligned. */
  readonly protocol: string;
  /** What else decides the number: a threshold, a frame rate. */
  readonly conditions: readonly string[];
  /** Over how many poses the number is a mean. */
  readonly poseCount: number;
}

const UNIT_SIGNS: Readonly<Record<MeasurementUnit, string>> = {
  millimetres: ' mm',
  degrees: ' degrees',
  fraction: ' %',
  'millimetres per frame squared': ' mm/frame^2',
  'millimetres per second squared': ' mm/s^2',
};

/**
 * One line with the number, its unit and its protocol; fractions as percentages.
 *
 * @param digits - after the decimal point
 * @example
 * ```ts
 * import { formatMeasurement } from '@pose-rft/smpl';
 *
 * const line = formatMeasurement({
 *   metric: 'PCK',
 *   value: 0.875,
 *   unit: 'fraction',
 *   protocol: 'SMPL 24 joints, pelvis-aligned',
 *   conditions: ['within 150 mm'],
 *   poseCount: 8,
 * });
 * console.assert(line === 'PCK 87.5 % (SMPL 24 joints, pelvis-aligned; within 150 mm; 8 poses)');
 * ```
 */
export function formatMeasurement(measurement: Measurement, digits = 1): string {
  const { metric, value, unit, protocol, conditions, poseCount } = measurement;
  const shown = (unit === 'fraction' ? 100 * value : value).toFixed(digits);
  const poses = poseCount === 1 ? '1 pose' : `${poseCount} poses`;
  return `${metric} ${shown}${UNIT_SIGNS[unit]} (${[protocol, ...conditions, poses].join('; ')})`;
}
