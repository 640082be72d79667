import {
  any,
  equal,
  logicalAnd,
  reshape,
  slice,
  tensor1d,
  type Tensor,
  type Tensor1D,
} from '@pose-rft/tensor';
import { match, P } from 'ts-pattern';
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
  return match(predicate)
    .with({ contains: P.number }, ({ contains }) => any<Tensor1D>(equal(values, contains), 1))
    .with({ at: P.number, equals: P.number }, ({ at, equals }): Tensor1D => {
      const [batchSize = 0] = values.shape;
      return equal(reshape(slice(values, [0, at], [batchSize, 1]), [batchSize]), equals);
    })
    .with({ equals: P.number }, ({ equals }) => equal<Tensor1D>(values, equals))
    .exhaustive();
}
