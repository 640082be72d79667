import {
  grad,
  neg,
  slice,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import fc from 'fast-check';
import type { Bijector } from '../bijectors/bijector.js';
import type { Law } from './law.js';
import { requireClose } from './numeric-claims.js';

export interface BijectorLawOptions {
  /** Numbers of the domain. Default: within [-3, 3]. */
  readonly number?: fc.Arbitrary<number>;
  /** D. Default 3. */
  readonly size?: number;
  /** Random cases a law. Default 50. */
  readonly runs?: number;
}

/**
 * What every bijector must satisfy.
 *
 * @example
 * ```ts
 * import { softplusBijector } from '@pose-rft/hybrid-actions';
 * import { bijectorLaws } from '@pose-rft/hybrid-actions/laws';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * for (const law of bijectorLaws(softplusBijector)) law.check();
 * ```
 */
export function bijectorLaws(bijector: Bijector, options: BijectorLawOptions = {}): readonly Law[] {
  const {
    number = fc.integer({ min: -96, max: 96 }).map((step) => step / 32),
    size = 3,
    runs = 50,
  } = options;
  const rows = fc.tuple(
    fc.array(number, { minLength: size, maxLength: size }),
    fc.array(number, { minLength: size, maxLength: size }),
  );
  const law = (name: string, holds: (x: Tensor2D) => void): Law => ({
    name,
    check: () =>
      fc.assert(
        fc.property(rows, (values) => {
          tidy(() => holds(tensor2d(values)));
        }),
        { numRuns: runs },
      ),
  });

  return [
    law('inverse(forward(x)) = x', (x) => {
      requireClose('inverse(forward(x))', bijector.inverse(bijector.forward(x)), x);
    }),
    law('forward(inverse(y)) = y', (x) => {
      const y = bijector.forward(x);
      requireClose('forward(inverse(y))', bijector.forward(bijector.inverse(y)), y);
    }),
    law('inverseLogDet(forward(x)) = -forwardLogDet(x)', (x) => {
      requireClose(
        'inverseLogDet',
        bijector.inverseLogDet(bijector.forward(x)),
        neg(bijector.forwardLogDet(x)),
      );
    }),
    law('forwardLogDet is log |det| of the derivative of forward', (x) => {
      requireClose('forwardLogDet', bijector.forwardLogDet(x), tensor1d(logDeterminants(bijector, x)));
    }),
    law('rows do not influence each other', (x) => {
      const first = slice(x, [0, 0], [1, size]);
      const of = (values: Tensor): Tensor => slice(values, [0], [1]);
      requireClose('forward', of(bijector.forward(x)), bijector.forward(first));
      requireClose('forwardLogDet', of(bijector.forwardLogDet(x)), bijector.forwardLogDet(first));
    }),
  ];
}

/** By automatic differentiation, one output at a time. */
function logDeterminants(bijector: Bijector, x: Tensor2D): number[] {
  const [batchSize, size] = x.shape;
  const rowsOfJacobian = Array.from({ length: size }, (_, output) =>
    grad((present: Tensor) => sum(slice(bijector.forward(present as Tensor2D), [0, output], [batchSize, 1])))(
      x,
    ).dataSync<'float32'>(),
  );
  return Array.from({ length: batchSize }, (_, row) =>
    logDeterminant(
      rowsOfJacobian.map((numbers) => Array.from(numbers.subarray(row * size, (row + 1) * size))),
    ),
  );
}

/** log |det| by Gaussian elimination with partial pivoting; the matrix is used up. */
function logDeterminant(matrix: number[][]): number {
  let total = 0;
  for (let column = 0; column < matrix.length; column++) {
    const rest = matrix.slice(column);
    const pivotRow = rest.reduce((best, row) => (at(row, column) ** 2 > at(best, column) ** 2 ? row : best));
    const place = matrix.indexOf(pivotRow);
    matrix[place] = matrix[column] as number[];
    matrix[column] = pivotRow;
    total += Math.log(Math.abs(at(pivotRow, column)));
    for (const row of matrix.slice(column + 1)) {
      const factor = at(row, column) / at(pivotRow, column);
      for (let index = column; index < row.length; index++)
        row[index] = at(row, index) - factor * at(pivotRow, index);
    }
  }
  return total;
}

function at(row: readonly number[], column: number): number {
  return row[column] as number;
}
