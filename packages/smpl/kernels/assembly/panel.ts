// A panel holds four points as structures of vectors: 12 numbers x x x x y y y y z z z z, first at rest, then one such
// group for every feature. `/** @inline */` becomes AssemblyScript's decorator in the build.

/** Bytes of the 12 numbers of a panel. */
export const PANEL_BYTES: usize = 48;

/** a * b + c */
/** @inline */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}
