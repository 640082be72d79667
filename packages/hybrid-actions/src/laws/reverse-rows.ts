import { reverse, Tensor } from '@pose-rft/tensor';

/** A batch of samples (a tensor, or tuples and objects of tensors) with its rows in the opposite order. */
export function reverseRows<Sample>(sample: Sample): Sample {
  return reversed(sample) as Sample;
}

function reversed(sample: unknown): unknown {
  if (sample instanceof Tensor) return reverse(sample, 0);
  if (Array.isArray(sample)) return sample.map(reversed);
  return Object.fromEntries(Object.entries(sample ?? {}).map(([name, part]) => [name, reversed(part)]));
}
