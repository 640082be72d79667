/** Numbers of a joint's rigid transform: a row-major 3x4 matrix. */
export const TRANSFORM_SIZE = 12;

/** Where the root joint of a posed body is: at the origin, or where the rest pose has it, as in smplx. */
export type RootPosition = 'origin' | 'rest';

/**
 * Row-major 3x4 transforms [J, 12] that take the rest pose to the posed one, joint by joint: G_j of Loper et al. 2015,
 * eq. 4, less its action on the rest joint.
 *
 * @param matrices - [J, 3, 3], relative to the parent
 * @param rest - rest joints [J, 3]
 */
export function jointTransforms(
  matrices: Float64Array,
  parents: Int32Array,
  rest: Float64Array,
  rootPosition: RootPosition,
  transforms: Float64Array,
): void {
  for (let joint = 0; joint < parents.length; joint++) {
    const local = joint * 9;
    const target = joint * TRANSFORM_SIZE;
    const parent = parents[joint] as number;
    const restX = rest[joint * 3] as number;
    const restY = rest[joint * 3 + 1] as number;
    const restZ = rest[joint * 3 + 2] as number;
    const source = parent * TRANSFORM_SIZE;
    for (let row = 0; row < 3; row++) {
      // Rotation: parent's times local. Translation: where the joint goes, less the rotated rest joint.
      const isRoot = parent < 0;
      const p0 = isRoot ? (row === 0 ? 1 : 0) : (transforms[source + row * 4] as number);
      const p1 = isRoot ? (row === 1 ? 1 : 0) : (transforms[source + row * 4 + 1] as number);
      const p2 = isRoot ? (row === 2 ? 1 : 0) : (transforms[source + row * 4 + 2] as number);
      const r0 =
        p0 * (matrices[local] as number) +
        p1 * (matrices[local + 3] as number) +
        p2 * (matrices[local + 6] as number);
      const r1 =
        p0 * (matrices[local + 1] as number) +
        p1 * (matrices[local + 4] as number) +
        p2 * (matrices[local + 7] as number);
      const r2 =
        p0 * (matrices[local + 2] as number) +
        p1 * (matrices[local + 5] as number) +
        p2 * (matrices[local + 8] as number);
      const moved = p0 * restX + p1 * restY + p2 * restZ;
      const place = isRoot
        ? rootPosition === 'rest'
          ? moved
          : 0
        : moved + (transforms[source + row * 4 + 3] as number);
      const out = target + row * 4;
      transforms[out] = r0;
      transforms[out + 1] = r1;
      transforms[out + 2] = r2;
      transforms[out + 3] = place - (r0 * restX + r1 * restY + r2 * restZ);
    }
  }
}
