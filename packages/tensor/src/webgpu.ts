// For pages: a bundler sees the optional backend where `@pose-rft/tensor/webgpu` is imported before `useBackend`.
import '@tensorflow/tfjs-backend-webgpu';

/** What to ask `useBackend` for once this module is there. */
export const WEBGPU_BACKEND = 'webgpu';
