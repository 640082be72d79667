/**
 * Depth as 16-bit grey, one millimetre a step, as depth cameras and data sets store it: 0 where nothing is, 65535 from
 * 65.535 m on.
 *
 * @param depthMetres - of a rendering, [height*width]; Infinity where nothing is
 * @example
 * ```ts
 * import { syntheticBody } from '@pose-rft/smpl';
 * import { depthMillimetres, encodePng, renderBody } from '@pose-rft/smpl/render';
 *
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const { depthMetres, width, height } = renderBody(syntheticBody(), tPose, { width: 64, height: 64 });
 * console.assert(encodePng(depthMillimetres(depthMetres), width, height).length > 100);
 * ```
 */
export function depthMillimetres(depthMetres: Float32Array): Uint16Array {
  return Uint16Array.from(depthMetres, (depth) =>
    Number.isFinite(depth) ? Math.min(65535, Math.max(0, Math.round(depth * 1000))) : 0,
  );
}
