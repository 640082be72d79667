import {
  any,
  cast,
  equal,
  greaterEqual,
  logicalAnd,
  reshape,
  slice,
  sum,
  tensor1d,
  type Tensor,
  type Tensor1D,
} from '@pose-rft/tensor';
import type { Predicate } from '../spaces/predicate.js';
import type { HybridFields, Space, WhenSpace } from '../spaces/space.js';

/**
 * Which rows of a batch of hybrid actions have each field. To be called inside `tidy`.
 *
 * @param sample - the fields' tensors by name
 * @returns bool [B] a field
 */
export function presenceMasks(
  fields: HybridFields,
  sample: Readonly<Record<string, unknown>>,
  batchSize: number,
): Readonly<Record<string, Tensor1D>> {
  const masks: Record<string, Tensor1D> = {};
  const maskOf = (field: Space | WhenSpace): Tensor1D => {
    if (field.kind !== 'when') return tensor1d(new Uint8Array(batchSize).fill(1), 'bool');
    const subject = logicalAnd<Tensor1D>(
      masks[field.field] as Tensor1D,
      rowsThatHold(field.predicate, sample[field.field] as Tensor),
    );
    return logicalAnd(subject, maskOf(field.space));
  };
  for (const [name, field] of Object.entries(fields)) masks[name] = maskOf(field);
  return masks;
}

/** The rows of which {@link predicateHolds}. */
function rowsThatHold(predicate: Predicate, values: Tensor): Tensor1D {
  if ('contains' in predicate) {
    const { contains, atLeast = 1 } = predicate;
    const found = equal(values, contains);
    return atLeast === 1 ? any(found, 1) : greaterEqual(sum(cast(found, 'int32'), 1), atLeast);
  }
  if (!('at' in predicate)) return equal(values, predicate.equals);
  const [batchSize = 0] = values.shape;
  return equal(reshape(slice(values, [0, predicate.at], [batchSize, 1]), [batchSize]), predicate.equals);
}
