import type { Vector3 } from '../vector3.js';
import { cameraAxes, type Camera } from './camera.js';
import { linearFromSrgb, srgbByteFromLinear, type Colour } from './colour.js';
import { contactShadow, shadowAt } from './contact-shadow.js';
import { resolveLighting, type Lighting, type ResolvedLighting } from './lighting.js';
import { rasterise, type VisibilityBuffer } from './rasterise.js';

/** A closed surface to draw. */
export interface Mesh {
  /** Metres, [V*3]. */
  readonly vertices: Float32Array;
  /** Unit normals, [V*3]. */
  readonly normals: Float32Array;
  /** Vertex indices, counter-clockwise seen from outside, [T*3]. */
  readonly faces: Uint32Array;
  /** One sRGB colour in [0, 1] a vertex, [V*3]. Without it the whole mesh has `surface`. */
  readonly colours?: Float32Array;
  /** The part that each vertex belongs to, 0 to 254, [V]. Asks for a picture of the parts. */
  readonly parts?: Uint8Array;
}

/** A mesh that says which part each vertex belongs to. */
export type MeshOfParts = Mesh & Required<Pick<Mesh, 'parts'>>;

export interface MeshRenderOptions {
  /** Pixels; 256 by default. */
  readonly width?: number;
  /** Pixels; 256 by default. */
  readonly height?: number;
  /** Samples along each side of a pixel, 1 to 4; 2 by default. */
  readonly supersampling?: number;
  /** Colour of a mesh without colours of its own. */
  readonly surface?: Colour;
  readonly background?: Colour;
  /** In place of a colour: sRGB bytes, [height*width*3], top row first. The ground's shade falls on it. */
  readonly backgroundPicture?: Uint8Array;
  readonly lighting?: Lighting;
  /** Height of the ground plane, metres; `'none'` draws no ground. By default it touches the lowest vertex. */
  readonly ground?: number | 'none';
}

/** A picture, and what else the camera saw. */
export interface Rendering {
  readonly width: number;
  readonly height: number;
  /** sRGB bytes, [height*width*3], top row first. */
  readonly rgb: Uint8Array;
  /** Distance along the view to the nearest surface of the mesh, metres, [height*width]; Infinity where none is. */
  readonly depthMetres: Float32Array;
  /** How much of each pixel the mesh covers, 0 to 255, [height*width]. */
  readonly silhouette: Uint8Array;
}

/** A picture of a mesh that has parts. */
export interface PartRendering extends Rendering {
  /** 0 where nothing is, else 1 + the part of the vertex nearest to what is seen, [height*width]. */
  readonly partLabels: Uint8Array;
}

/** Thrown for sizes that cannot be drawn, and for a mesh whose arrays disagree. */
export class RenderOptionsError extends Error {
  override readonly name = 'RenderOptionsError';
}

const SURFACE: Colour = [0.8, 0.72, 0.64];
const BACKGROUND: Colour = [0.94, 0.95, 0.96];
const GROUND_SHADE = 0.8;
const GROUND_FADE_METRES = 1.6;

const SHEEN = 0.07;

/**
 * Draws a mesh without GPU or canvas: z-buffer, smooth Lambert shading with a key and a fill light, a soft contact shadow on the ground.
 * Light is summed and averaged linearly and encoded as sRGB at the end.
 *
 * @throws RenderOptionsError, CameraError, LightingError
 */
export function renderMesh(mesh: MeshOfParts, camera: Camera, options?: MeshRenderOptions): PartRendering;
export function renderMesh(mesh: Mesh, camera: Camera, options?: MeshRenderOptions): Rendering;
export function renderMesh(
  mesh: Mesh,
  camera: Camera,
  options: MeshRenderOptions = {},
): Rendering | PartRendering {
  const { width = 256, height = 256, supersampling = 2 } = options;
  for (const [name, value, limit] of [
    ['width', width, 8192],
    ['height', height, 8192],
    ['supersampling', supersampling, 4],
  ] as const)
    if (!Number.isInteger(value) || value < 1 || value > limit)
      throw new RenderOptionsError(`${name} must be an integer in [1, ${limit}], found ${value}`);
  assertPerVertex(mesh);
  const picture = options.backgroundPicture;
  if (picture !== undefined && picture.length !== width * height * 3)
    throw new RenderOptionsError(
      `backgroundPicture must hold ${height}x${width}x3 bytes, as large as the picture, found ${picture.length}`,
    );
  const lighting = resolveLighting(options.lighting);
  const samples = rasterise(mesh.vertices, mesh.faces, camera, width * supersampling, height * supersampling);
  const light = backdrop(mesh, camera, width, height, options);
  const depthMetres = new Float32Array(width * height).fill(Infinity);
  const silhouette = new Uint8Array(width * height);
  const { parts } = mesh;
  const partLabels = parts === undefined ? undefined : new Uint8Array(width * height);
  const shade = createShader(mesh, camera, samples, options.surface ?? SURFACE, lighting);
  const sampleCount = supersampling * supersampling;
  const { left, right, top, bottom } = coveredPixels(samples, supersampling, width, height);
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) {
      const pixel = y * width + x;
      let covered = 0;
      let nearest = 0;
      let nearestVertex = 0;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let row = 0; row < supersampling; row++) {
        const sampleY = y * supersampling + row;
        for (let column = 0; column < supersampling; column++) {
          const sampleX = x * supersampling + column;
          const sample = sampleY * samples.width + sampleX;
          const inverseDepth = samples.inverseDepths[sample] as number;
          if (inverseDepth === 0) continue;
          covered++;
          const vertex = shade.at(samples.triangles[sample] as number, sampleX + 0.5, sampleY + 0.5);
          if (inverseDepth > nearest) {
            nearest = inverseDepth;
            nearestVertex = vertex;
          }
          red += shade.light[0] as number;
          green += shade.light[1] as number;
          blue += shade.light[2] as number;
        }
      }
      if (covered === 0) continue;
      depthMetres[pixel] = 1 / nearest;
      if (parts !== undefined && partLabels !== undefined)
        partLabels[pixel] = 1 + (parts[nearestVertex] as number);
      silhouette[pixel] = Math.round((255 * covered) / sampleCount);
      const empty = 1 - covered / sampleCount;
      light[pixel * 3] = empty * (light[pixel * 3] as number) + red / sampleCount;
      light[pixel * 3 + 1] = empty * (light[pixel * 3 + 1] as number) + green / sampleCount;
      light[pixel * 3 + 2] = empty * (light[pixel * 3 + 2] as number) + blue / sampleCount;
    }
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = srgbByteFromLinear(light[i] as number);
  const rendering = { width, height, rgb, depthMetres, silhouette };
  return partLabels === undefined ? rendering : { ...rendering, partLabels };
}

function assertPerVertex({ vertices, normals, colours, parts }: Mesh): void {
  for (const [name, array, size] of [
    ['normals', normals, 3],
    ['colours', colours, 3],
    ['parts', parts, 1],
  ] as const)
    if (array !== undefined && array.length * 3 !== vertices.length * size)
      throw new RenderOptionsError(
        `${name} must hold ${size} for each of the mesh's ${vertices.length / 3} vertices, found ${array.length}`,
      );
}

interface PixelBox {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The pixels that the mesh can cover; the whole picture if a vertex lies behind the camera. */
function coveredPixels(
  { projected }: VisibilityBuffer,
  supersampling: number,
  width: number,
  height: number,
): PixelBox {
  let left = Infinity;
  let right = -Infinity;
  let top = Infinity;
  let bottom = -Infinity;
  for (let i = 0; i < projected.length; i += 3) {
    if (projected[i + 2] === 0) return { left: 0, right: width - 1, top: 0, bottom: height - 1 };
    const x = projected[i] as number;
    const y = projected[i + 1] as number;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return {
    left: Math.max(0, Math.floor(left / supersampling)),
    right: Math.min(width - 1, Math.floor(right / supersampling)),
    top: Math.max(0, Math.floor(top / supersampling)),
    bottom: Math.min(height - 1, Math.floor(bottom / supersampling)),
  };
}

interface Shader {
  /** Linear light of the last sample, 3. */
  readonly light: Float64Array;
  /** Shades the sample. Returns the corner of the triangle that is nearest to it. */
  at(triangle: number, x: number, y: number): number;
}

/** Shades a sample of a triangle: perspective-correct normal and colour, then the lights. */
function createShader(
  mesh: Mesh,
  camera: Camera,
  samples: VisibilityBuffer,
  surface: Colour,
  { keyDirection, fillDirection, key: keyStrength, fill: fillStrength, sky, floor, tint }: ResolvedLighting,
): Shader {
  const axes = cameraAxes(camera);
  const toWorld = (direction: Vector3): Vector3 => {
    const length = Math.hypot(...direction);
    const [x, y, z] = direction;
    return [0, 1, 2].map(
      (i) =>
        (x * (axes.right[i] as number) + y * (axes.up[i] as number) + z * (axes.back[i] as number)) / length,
    ) as [number, number, number];
  };
  const [keyX, keyY, keyZ] = toWorld(keyDirection);
  const [fillX, fillY, fillZ] = toWorld(fillDirection);
  // Halfway between the light and the camera, as far as the light is of about unit length.
  const [halfX, halfY, halfZ] = toWorld([keyDirection[0], keyDirection[1], keyDirection[2] + 1]);
  const { normals, faces, colours } = mesh;
  const { projected } = samples;
  const linearColours = colours === undefined ? undefined : Float32Array.from(colours, linearFromSrgb);
  const [red, green, blue] = surface.map(linearFromSrgb) as [number, number, number];
  const light = new Float64Array(3);
  const at = (triangle: number, x: number, y: number): number => {
    const a = (faces[triangle * 3] as number) * 3;
    const b = (faces[triangle * 3 + 1] as number) * 3;
    const c = (faces[triangle * 3 + 2] as number) * 3;
    const ax = (projected[a] as number) - x;
    const ay = (projected[a + 1] as number) - y;
    const bx = (projected[b] as number) - x;
    const by = (projected[b + 1] as number) - y;
    const cx = (projected[c] as number) - x;
    const cy = (projected[c + 1] as number) - y;
    let weightA = (by * cx - bx * cy) * (projected[a + 2] as number);
    let weightB = (cy * ax - cx * ay) * (projected[b + 2] as number);
    let weightC = (ay * bx - ax * by) * (projected[c + 2] as number);
    const scale = 1 / (weightA + weightB + weightC);
    weightA *= scale;
    weightB *= scale;
    weightC *= scale;
    const corner = weightA >= weightB && weightA >= weightC ? a : weightB >= weightC ? b : c;
    let nx =
      weightA * (normals[a] as number) + weightB * (normals[b] as number) + weightC * (normals[c] as number);
    let ny =
      weightA * (normals[a + 1] as number) +
      weightB * (normals[b + 1] as number) +
      weightC * (normals[c + 1] as number);
    let nz =
      weightA * (normals[a + 2] as number) +
      weightB * (normals[b + 2] as number) +
      weightC * (normals[c + 2] as number);
    const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
    nx /= length;
    ny /= length;
    nz /= length;
    const key = Math.max(0, nx * keyX + ny * keyY + nz * keyZ);
    const fill = Math.max(0, nx * fillX + ny * fillY + nz * fillZ);
    const half = Math.max(0, nx * halfX + ny * halfY + nz * halfZ);
    const brightness = keyStrength * key + fillStrength * fill + floor + (sky - floor) * (0.5 + 0.5 * ny);
    const half8 = half * half * half * half * half * half * half * half;
    const sheen = SHEEN * half8 * half8 * half8;
    if (linearColours === undefined) {
      light[0] = tint[0] * (red * brightness + sheen);
      light[1] = tint[1] * (green * brightness + sheen);
      light[2] = tint[2] * (blue * brightness + sheen);
      return corner / 3;
    }
    for (let channel = 0; channel < 3; channel++)
      light[channel] =
        (tint[channel] as number) *
        ((weightA * (linearColours[a + channel] as number) +
          weightB * (linearColours[b + channel] as number) +
          weightC * (linearColours[c + channel] as number)) *
          brightness +
          sheen);
    return corner / 3;
  };
  return { light, at };
}

const LINEAR_OF_BYTE = Float32Array.from({ length: 256 }, (_, byte) => linearFromSrgb(byte / 255));

/** Linear light of the background and of the ground with the body's shadow, [height*width*3]. */
function backdrop(
  mesh: Mesh,
  camera: Camera,
  width: number,
  height: number,
  options: MeshRenderOptions,
): Float32Array {
  const [red, green, blue] = (options.background ?? BACKGROUND).map(linearFromSrgb) as [
    number,
    number,
    number,
  ];
  const light = new Float32Array(width * height * 3);
  const picture = options.backgroundPicture;
  if (picture !== undefined)
    for (let i = 0; i < light.length; i++) light[i] = LINEAR_OF_BYTE[picture[i] as number] as number;
  else
    for (let i = 0; i < light.length; i += 3) {
      light[i] = red;
      light[i + 1] = green;
      light[i + 2] = blue;
    }
  if (options.ground === 'none') return light;
  let groundHeight = options.ground ?? Infinity;
  if (options.ground === undefined)
    for (let i = 1; i < mesh.vertices.length; i += 3)
      groundHeight = Math.min(groundHeight, mesh.vertices[i] as number);
  const drop = camera.eye[1] - groundHeight;
  if (!(drop > 0) || !Number.isFinite(drop)) return light;
  const shadow = contactShadow(mesh.vertices, groundHeight);
  const centreX = shadow.originX + (shadow.cells * shadow.cellMetres) / 2;
  const centreZ = shadow.originZ + (shadow.cells * shadow.cellMetres) / 2;
  const { right, up, back } = cameraAxes(camera);
  const pixelSlope = (2 * Math.tan(camera.fieldOfViewRadians / 2)) / height;
  for (let y = 0, pixel = 0; y < height; y++) {
    const slopeY = (height / 2 - y - 0.5) * pixelSlope;
    for (let x = 0; x < width; x++, pixel += 3) {
      const slopeX = (x + 0.5 - width / 2) * pixelSlope;
      const rayY = slopeX * right[1] + slopeY * up[1] - back[1];
      if (rayY >= -1e-6) continue;
      const distance = -drop / rayY;
      const hitX = camera.eye[0] + distance * (slopeX * right[0] + slopeY * up[0] - back[0]);
      const hitZ = camera.eye[2] + distance * (slopeX * right[2] + slopeY * up[2] - back[2]);
      const radius2 = ((hitX - centreX) ** 2 + (hitZ - centreZ) ** 2) / GROUND_FADE_METRES ** 2;
      const presence = 1 / (1 + radius2 * radius2);
      const brightness = 1 - presence * (1 - GROUND_SHADE * (1 - shadowAt(shadow, hitX, hitZ)));
      light[pixel] = (picture === undefined ? red : (light[pixel] as number)) * brightness;
      light[pixel + 1] = (picture === undefined ? green : (light[pixel + 1] as number)) * brightness;
      light[pixel + 2] = (picture === undefined ? blue : (light[pixel + 2] as number)) * brightness;
    }
  }
  return light;
}
