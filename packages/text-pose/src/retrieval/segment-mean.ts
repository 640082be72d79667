import {
  customGrad,
  div,
  gatherRows,
  reshape,
  tensor1d,
  tidy,
  unsortedSegmentSum,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';

/**
 * The mean of consecutive rows: row i of the result is that of the i-th run of rows.
 *
 * @param rows - float32 [N, d]
 * @param lengths - [B] how many rows each run has, >= 1; they add up to N
 * @returns float32 [B, d]; differentiable
 */
export function segmentMean(rows: Tensor2D, lengths: Int32Array): Tensor2D {
  const owners = new Int32Array(rows.shape[0]);
  let row = 0;
  lengths.forEach((length, segment) => {
    owners.fill(segment, row, row + length);
    row += length;
  });
  const divide = (sums: Tensor2D): Tensor2D =>
    tidy(() => div(sums, reshape(tensor1d(Float32Array.from(lengths)), [lengths.length, 1])));
  // tfjs's own gradient of the sum goes through seven ops; this one gathers.
  const mean = customGrad((input) => ({
    value: tidy(() =>
      divide(unsortedSegmentSum(input as Tensor2D, tensor1d(owners, 'int32'), lengths.length)),
    ),
    gradFunc: (slope: Tensor) => tidy(() => gatherRows(divide(slope as Tensor2D), owners)),
  }));
  return mean(rows) as Tensor2D;
}
