import { slice, Tensor } from '@pose-rft/tensor';

/** One row, as a batch of one, of a tensor or of tuples and objects of tensors. */
export function rowOf<Sample>(samples: Sample, row: number): Sample {
  return sliced(samples, row) as Sample;
}

function sliced(samples: unknown, row: number): unknown {
  if (samples instanceof Tensor) return slice(samples, [row], [1]);
  if (Array.isArray(samples)) return samples.map((part) => sliced(part, row));
  return Object.fromEntries(Object.entries(samples ?? {}).map(([name, part]) => [name, sliced(part, row)]));
}
