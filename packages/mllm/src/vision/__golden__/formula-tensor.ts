/** Numbers in [-1, 1) made from a name, as `uniform` of tools/parity/vision/formula.py makes them. */
export function formulaNumbers(name: string, size: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193) >>> 0;
  return Float64Array.from({ length: size }, (_, index) => {
    let x = (Math.imul(index, 0x9e3779b9) + seed) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0;
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

/** A parameter's numbers, as `parameter` of tools/parity/vision/formula.py makes them. */
export function formulaParameter(name: string, shape: readonly number[]): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const numbers = formulaNumbers(name, size);
  const isPosition = name.includes('position_embedding') || name.includes('pos_embed');
  const scale = Math.sqrt(3 / (size / (shape[0] ?? 1)));
  return Float32Array.from(numbers, (value) => {
    if (isPosition) return 0.5 * value;
    if (shape.length > 1) return value * 1.5 * scale;
    return name.endsWith('weight') ? 1 + 0.3 * value : 0.2 * value;
  });
}
