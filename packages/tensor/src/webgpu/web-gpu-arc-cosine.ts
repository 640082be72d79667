import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { runOnCard, type CardKernel } from './web-gpu-program.js';
import type { WebGpuBackend } from './web-gpu-backend.js';

/**
 * The angle of a cosine, from the arc sine's polynomial of the Cephes library (asinf: 2.5e-7 at most). WGSL's own `acos`
 * may be wrong by 4096 units in the last place of an arc tangent, and on some cards is.
 */
const kernel: CardKernel = {
  name: 'Acos',
  operands: ['x'],
  numbers: {},
  declarations: `
    fn arcSine(t : f32) -> f32 {
      let s = t * t;
      return t + t * s * ((((0.042163199048 * s + 0.024181311049) * s + 0.045470025998) * s + 0.074953002686) * s +
        0.16666752422);
    }`,
  layout: 'element',
  body: `
    let value = x[index];
    let magnitude = abs(value);
    let wide = 2.0 * arcSine(sqrt(max(0.0, 0.5 - 0.5 * magnitude)));
    let near = 1.57079632679 - arcSine(value);
    let angle = select(near, select(wide, 3.14159265359 - wide, value < 0.0), magnitude > 0.5);
    result[index] = select(angle, uniforms.NAN, magnitude > 1.0);`,
};

export const arcCosineKernel: KernelConfig = {
  kernelName: 'Acos',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend }) => {
    const { x } = inputs as { x: TensorInfo };
    return runOnCard(kernel, { backend: backend as WebGpuBackend, operands: [x], shape: x.shape });
  },
};
