// For pages: `await import('@pose-rft/tensor/webgpu')` before `useBackend` lets a bundler see the optional backend.
import '@tensorflow/tfjs-backend-webgpu';
