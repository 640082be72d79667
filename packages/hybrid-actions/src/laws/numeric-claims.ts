import type { Tensor } from '@pose-rft/tensor';

/** Sampled means may be this many standard errors off. */
const STANDARD_ERRORS = 6;

/** Throws unless two tensors are the same to the bit. */
export function requireEqual(name: string, found: Tensor, expected: Tensor): void {
  if (found.shape.join() !== expected.shape.join() || found.dataSync().join() !== expected.dataSync().join())
    throw new Error(`${name}: ${found.toString()} differs from ${expected.toString()}`);
}

/** Throws unless two tensors are the same to 1e-4, relative to 1 + |expected|; NaN is not close to anything. */
export function requireClose(name: string, found: Tensor, expected: Tensor): void {
  const values = found.dataSync();
  const wanted = expected.dataSync();
  if (values.length !== wanted.length)
    throw new Error(`${name} has the shape [${found.shape.join()}]; expected [${expected.shape.join()}]`);
  for (const [index, value] of values.entries()) {
    const want = wanted[index] as number;
    if (!(Math.abs(value - want) <= 1e-4 * (1 + Math.abs(want))))
      throw new Error(`${name}[${index}] is ${value}; expected ${want}`);
  }
}

/**
 * Compares the columns' means over even and over odd rows with their expectations.
 *
 * @param samples - [2 N, size]
 * @param expectations - [2, size]: of the even rows, then of the odd
 */
export function requireMeans(name: string, samples: Tensor, expectations: Tensor): void {
  const values = samples.dataSync();
  const wanted = expectations.dataSync();
  const [rowCount = 0, size = 0] = samples.shape;
  if (wanted.length !== 2 * size)
    throw new Error(`${name} has ${size} columns; expected ${wanted.length / 2}`);
  for (let parity = 0; parity < 2; parity++)
    for (let column = 0; column < size; column++) {
      let count = 0;
      let mean = 0;
      let squares = 0;
      for (let row = parity; row < rowCount; row += 2) {
        const value = values[row * size + column] as number;
        count += 1;
        const step = value - mean;
        mean += step / count;
        squares += step * (value - mean);
      }
      const want = wanted[parity * size + column] as number;
      const standardError = Math.sqrt(squares / (count - 1) / count);
      if (!(Math.abs(mean - want) <= STANDARD_ERRORS * standardError + 1e-4 * (1 + Math.abs(want))))
        throw new Error(
          `the mean of ${name} over ${count} samples of row ${parity}, column ${column}, is ${mean} ` +
            `(standard error ${standardError}); expected ${want}`,
        );
    }
}
