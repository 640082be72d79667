export { createThreeBody } from './three/three-body.js';
export type { ThreeBody, ThreeBodyOptions, ThreeMotion } from './three/three-body.js';
