/** Colours of series, told apart also by people who do not tell red from green (Okabe and Ito). */
export const SERIES_COLOURS: readonly string[] = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#6b6b6b',
];

export function seriesColour(index: number): string {
  return SERIES_COLOURS[index % SERIES_COLOURS.length] as string;
}

/** An SVG file of its own: white behind it, so that it reads the same on a light and on a dark page. */
export function standaloneSvg(size: { width: number; height: number }, title: string, body: string): string {
  const { width, height } = size;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">` +
    '<style>text{font:11px system-ui,"Segoe UI",sans-serif;fill:#1d2430}.soft{fill:#5d6675;font-size:10px}.bold{font-weight:600}' +
    '.grid{stroke:#d9dee6}.mark{stroke:#5d6675;stroke-dasharray:3 3}.line{fill:none;stroke-width:1.8;stroke-linejoin:round}</style>' +
    `<rect width="${width}" height="${height}" fill="#fff"/>${body}</svg>\n`
  );
}

/** Round numbers that cover a range, about `count` of them: 1, 2 or 5 times a power of ten apart. */
export function roundTicks(low: number, high: number, count = 4): readonly number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + 1e-9 * step; index++)
    // Not -0, which prints like 0 and compares unlike it.
    ticks.push(index * step + 0);
  return ticks;
}

/** The least and the greatest of some numbers with a little room; never empty. */
export function paddedRange(values: readonly number[]): { low: number; high: number } {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { low: 0, high: 1 };
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const padding = (high - low) * 0.06 || Math.abs(high) * 0.05 || 0.5;
  return { low: low - padding, high: high + padding };
}

/** A number of an axis: as short as it can be told. */
export function tickText(value: number): string {
  return String(Number(value.toPrecision(4)));
}
