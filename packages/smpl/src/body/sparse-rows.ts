/** A matrix of which only the entries that are not zero are stored, row by row (CSR). */
export interface SparseRows {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Where each row starts in `columns` and `values`, [rowCount + 1]. */
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float64Array;
}

/** The entries of a dense row-major matrix that are not zero. */
export function sparseRowsFromDense(
  dense: ArrayLike<number>,
  rowCount: number,
  columnCount: number,
): SparseRows {
  const columns: number[] = [];
  const values: number[] = [];
  const starts = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) {
    for (let column = 0; column < columnCount; column++) {
      const value = dense[row * columnCount + column] as number;
      if (value === 0) continue;
      columns.push(column);
      values.push(value);
    }
    starts[row + 1] = columns.length;
  }
  return {
    rowCount,
    columnCount,
    starts,
    columns: Uint32Array.from(columns),
    values: Float64Array.from(values),
  };
}

/** The same from entries in any order; `rows`, `columns` and `values` have one element an entry. Repeated ones add up. */
export function sparseRowsFromEntries(
  rows: ArrayLike<number>,
  columns: ArrayLike<number>,
  values: ArrayLike<number>,
  rowCount: number,
  columnCount: number,
): SparseRows {
  const starts = new Uint32Array(rowCount + 1);
  for (let entry = 0; entry < rows.length; entry++) {
    const next = (rows[entry] as number) + 1;
    starts[next] = (starts[next] as number) + 1;
  }
  for (let row = 0; row < rowCount; row++)
    starts[row + 1] = (starts[row + 1] as number) + (starts[row] as number);
  const filled = starts.slice();
  const sortedColumns = new Uint32Array(rows.length);
  const sortedValues = new Float64Array(rows.length);
  for (let entry = 0; entry < rows.length; entry++) {
    const row = rows[entry] as number;
    const place = filled[row] as number;
    sortedColumns[place] = columns[entry] as number;
    sortedValues[place] = values[entry] as number;
    filled[row] = place + 1;
  }
  return { rowCount, columnCount, starts, columns: sortedColumns, values: sortedValues };
}

/** Weighted sums of points: [columnCount, 3] from `pointsOffset` -> [rowCount, 3] from `targetOffset`. */
export function regressPoints(
  rows: SparseRows,
  points: ArrayLike<number>,
  pointsOffset: number,
  target: { [index: number]: number },
  targetOffset: number,
): void {
  for (let row = 0; row < rows.rowCount; row++) {
    let x = 0;
    let y = 0;
    let z = 0;
    const end = rows.starts[row + 1] as number;
    for (let entry = rows.starts[row] as number; entry < end; entry++) {
      const point = pointsOffset + 3 * (rows.columns[entry] as number);
      const value = rows.values[entry] as number;
      x += value * (points[point] as number);
      y += value * (points[point + 1] as number);
      z += value * (points[point + 2] as number);
    }
    const out = targetOffset + 3 * row;
    target[out] = x;
    target[out + 1] = y;
    target[out + 2] = z;
  }
}
