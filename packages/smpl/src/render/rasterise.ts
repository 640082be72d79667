import { cameraAxes, type Camera } from './camera.js';

/** Vertices closer to the camera's plane than this are not drawn. */
const NEAR_METRES = 0.02;

/** What a camera sees of a mesh, sample by sample: which triangle, and how near. */
export interface VisibilityBuffer {
  readonly width: number;
  readonly height: number;
  /** Index of the nearest triangle where `inverseDepths` is not 0, [height*width], top row first. */
  readonly triangles: Int32Array;
  /** 1 / depth along the view, 1/metres; 0 where nothing is, [height*width]. */
  readonly inverseDepths: Float32Array;
  /** Vertices in samples: x to the right, y down, 1 / depth, [V*3]; 1 / depth is 0 behind the camera. */
  readonly projected: Float32Array;
}

/**
 * Draws a closed mesh into a z-buffer: half-space rasterisation with incremental edge functions and the top-left fill
 * rule, so that triangles sharing an edge neither overlap nor leave a gap. Triangles that face away are culled;
 * triangles that reach behind the camera are left out.
 *
 * 1/depth is linear over the screen, which makes it the exact quantity to interpolate and compare.
 *
 * @param vertices - metres, [V*3]
 * @param faces - vertex indices, counter-clockwise seen from outside, [T*3]
 */
export function rasterise(
  vertices: Float32Array,
  faces: Uint32Array,
  camera: Camera,
  width: number,
  height: number,
): VisibilityBuffer {
  const projected = project(vertices, camera, width, height);
  const triangles = new Int32Array(width * height);
  const inverseDepths = new Float32Array(width * height);
  for (let face = 0; face < faces.length; face += 3) {
    const a = (faces[face] as number) * 3;
    const b = (faces[face + 1] as number) * 3;
    const c = (faces[face + 2] as number) * 3;
    const az = projected[a + 2] as number;
    const bz = projected[b + 2] as number;
    const cz = projected[c + 2] as number;
    if (az === 0 || bz === 0 || cz === 0) continue;
    const ax = projected[a] as number;
    const ay = projected[a + 1] as number;
    const bx = projected[b] as number;
    const by = projected[b + 1] as number;
    const cx = projected[c] as number;
    const cy = projected[c + 1] as number;
    // With y down, a triangle that is counter-clockwise in the world has a negative area on the screen.
    const area = (cx - ax) * (by - ay) - (cy - ay) * (bx - ax);
    if (!(area > 0)) continue;
    const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const right = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const bottom = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    if (left > right || top > bottom) continue;
    // Edge functions: weights of a, b, c times the area; each grows by its step per sample to the right and down.
    const stepAX = by - cy;
    const stepAY = cx - bx;
    const stepBX = cy - ay;
    const stepBY = ax - cx;
    const stepCX = ay - by;
    const stepCY = bx - ax;
    const biasA = ownsBorder(stepAX, stepAY);
    const biasB = ownsBorder(stepBX, stepBY);
    const biasC = ownsBorder(stepCX, stepCY);
    const x0 = left + 0.5;
    const y0 = top + 0.5;
    let rowA = (by - y0) * (cx - x0) - (bx - x0) * (cy - y0);
    let rowB = (cy - y0) * (ax - x0) - (cx - x0) * (ay - y0);
    let rowC = (ay - y0) * (bx - x0) - (ax - x0) * (by - y0);
    const depthA = az / area;
    const depthB = bz / area;
    const depthC = cz / area;
    for (let y = top; y <= bottom; y++) {
      let weightA = rowA;
      let weightB = rowB;
      let weightC = rowC;
      let index = y * width + left;
      for (let x = left; x <= right; x++, index++) {
        if (
          (weightA > 0 || (weightA === 0 && biasA)) &&
          (weightB > 0 || (weightB === 0 && biasB)) &&
          (weightC > 0 || (weightC === 0 && biasC))
        ) {
          const inverseDepth = weightA * depthA + weightB * depthB + weightC * depthC;
          if (inverseDepth > (inverseDepths[index] as number)) {
            inverseDepths[index] = inverseDepth;
            triangles[index] = face / 3;
          }
        }
        weightA -= stepAX;
        weightB -= stepBX;
        weightC -= stepCX;
      }
      rowA -= stepAY;
      rowB -= stepBY;
      rowC -= stepCY;
    }
  }
  return { width, height, triangles, inverseDepths, projected };
}

/** Of two triangles that share an edge, exactly one owns the samples on it: their steps are each other's negative. */
function ownsBorder(stepX: number, stepY: number): boolean {
  return stepX > 0 || (stepX === 0 && stepY > 0);
}

function project(vertices: Float32Array, camera: Camera, width: number, height: number): Float32Array {
  const { right, up, back } = cameraAxes(camera);
  const { eye } = camera;
  const focal = height / 2 / Math.tan(camera.fieldOfViewRadians / 2);
  const projected = new Float32Array(vertices.length);
  for (let i = 0; i < vertices.length; i += 3) {
    const x = (vertices[i] as number) - eye[0];
    const y = (vertices[i + 1] as number) - eye[1];
    const z = (vertices[i + 2] as number) - eye[2];
    const depth = -(x * back[0] + y * back[1] + z * back[2]);
    const inverse = depth > NEAR_METRES ? 1 / depth : 0;
    projected[i] = width / 2 + focal * inverse * (x * right[0] + y * right[1] + z * right[2]);
    projected[i + 1] = height / 2 - focal * inverse * (x * up[0] + y * up[1] + z * up[2]);
    projected[i + 2] = inverse;
  }
  return projected;
}
