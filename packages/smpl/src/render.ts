export {
  BACK_VIEW,
  CameraError,
  frameCamera,
  FRONT_VIEW,
  LEFT_VIEW,
  THREE_QUARTER_VIEW,
} from './render/camera.js';
export type { Camera, ViewDirection } from './render/camera.js';
export type { Colour } from './render/colour.js';
export { depthMillimetres } from './render/depth-picture.js';
export { LightingError } from './render/lighting.js';
export type { Lighting } from './render/lighting.js';
export { encodePng, PngEncodeError } from './render/png.js';
export type { PngOptions } from './render/png.js';
export { projectPoints } from './render/project-points.js';
export { PartColoursError, renderBody } from './render/render-body.js';
export type { BodyRenderOptions } from './render/render-body.js';
export { renderMesh, RenderOptionsError } from './render/render-mesh.js';
export type { Mesh, MeshOfParts, MeshRenderOptions, PartRendering, Rendering } from './render/render-mesh.js';
export type { Vector3 } from './vector3.js';
