import type { RotaryScaling } from '@pose-rft/tensor';
import { configFields, type ConfigFields } from '../config-fields.js';
import { UnsupportedArchitectureError } from './unsupported-architecture-error.js';

/** The rotary embedding that a Hugging Face text configuration describes. */
export interface RopeParameters {
  readonly theta: number;
  readonly scaling: RotaryScaling;
}

/**
 * Reads `rope_theta` and `rope_scaling`, or the `rope_parameters` that newer files have in their place.
 *
 * @param maxPositions - `max_position_embeddings`
 * @throws UnsupportedArchitectureError for kinds other than default, linear, llama3 and yarn
 * @throws MllmConfigError if a number of the scaling is missing
 */
export function readRopeParameters(text: ConfigFields, maxPositions: number): RopeParameters {
  const nested = ['rope_parameters', 'rope_scaling'].find((name) => text.has(name));
  const rope = configFields(nested === undefined ? {} : text.get(nested), nested ?? 'rope_scaling');
  const theta = rope.has('rope_theta')
    ? rope.positive('rope_theta')
    : text.has('rope_theta')
      ? text.positive('rope_theta')
      : 10_000;
  const partial = rope.get('partial_rotary_factor') ?? text.get('partial_rotary_factor') ?? 1;
  if (partial !== 1) throw new UnsupportedArchitectureError('partial_rotary_factor', partial, '1');
  return { theta, scaling: readScaling(rope, maxPositions) };
}

function readScaling(rope: ConfigFields, maxPositions: number): RotaryScaling {
  const kind = rope.get('rope_type') ?? rope.get('type') ?? 'default';
  switch (kind) {
    case 'default':
      return { kind: 'none' };
    case 'linear':
      return { kind: 'linear', factor: rope.positive('factor') };
    case 'llama3':
      return {
        kind: 'llama3',
        factor: rope.positive('factor'),
        lowFrequencyFactor: rope.positive('low_freq_factor'),
        highFrequencyFactor: rope.positive('high_freq_factor'),
        originalMaxPositions: rope.positive('original_max_position_embeddings'),
      };
    case 'yarn':
      return readYarn(rope, maxPositions);
    default:
      throw new UnsupportedArchitectureError(
        'rope_scaling.rope_type',
        kind,
        'default, linear, llama3, yarn. Frequencies that depend on the length of the present sequence (dynamic, ' +
          'longrope) do not go with cached keys: take the scaling out to use the model up to its original length.',
      );
  }
}

function readYarn(rope: ConfigFields, maxPositions: number): RotaryScaling {
  for (const field of ['mscale', 'mscale_all_dim'])
    if (rope.has(field))
      throw new UnsupportedArchitectureError(`rope_scaling.${field}`, rope.get(field), 'no such field');
  if (rope.get('truncate') === false)
    throw new UnsupportedArchitectureError('rope_scaling.truncate', false, 'true');
  const factor = rope.positive('factor');
  const numberOr = (name: string, otherwise: number): number =>
    rope.has(name) ? rope.positive(name) : otherwise;
  return {
    kind: 'yarn',
    factor,
    betaFast: numberOr('beta_fast', 32),
    betaSlow: numberOr('beta_slow', 1),
    // B. Peng et al., "YaRN", 2023, eq. 22.
    attentionFactor: numberOr('attention_factor', factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1),
    originalMaxPositions: numberOr('original_max_position_embeddings', maxPositions),
  };
}
