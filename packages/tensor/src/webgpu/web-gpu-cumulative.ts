import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { runOnCard, type CardKernel } from './web-gpu-program.js';
import type { WebGpuBackend } from './web-gpu-backend.js';

/**
 * Running sums or products along an axis, each line in one thread. tfjs 4.22's own keeps the compiled kernel by the
 * tensor's rank but bakes the axis's length into it, so that another length gets wrong numbers when it goes backwards.
 */
function cumulativeKernel(kernelName: 'Cumsum' | 'Cumprod'): KernelConfig {
  const [sign, neutral] = kernelName === 'Cumsum' ? ['+', '0.0'] : ['*', '1.0'];
  const kernel: CardKernel = {
    name: kernelName,
    operands: ['x'],
    numbers: { extent: 'i32', inner: 'i32', exclusive: 'i32', reverse: 'i32', lines: 'i32' },
    layout: 'element',
    body: `
      if (index >= uniforms.lines) { return; }
      let start = (index / uniforms.inner) * uniforms.inner * uniforms.extent + index % uniforms.inner;
      var running = ${neutral};
      for (var step = 0; step < uniforms.extent; step++) {
        let place = start + uniforms.inner * select(step, uniforms.extent - 1 - step, uniforms.reverse == 1);
        if (uniforms.exclusive == 1) { result[place] = running; }
        running = running ${sign} x[place];
        if (uniforms.exclusive == 0) { result[place] = running; }
      }`,
  };
  return {
    kernelName,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x } = inputs as { x: TensorInfo };
      const { axis, exclusive, reverse } = attrs as { axis: number; exclusive?: boolean; reverse?: boolean };
      const extent = x.shape[axis] ?? 1;
      const inner = x.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
      const size = x.shape.reduce((product, each) => product * each, 1);
      return runOnCard(kernel, {
        backend: backend as WebGpuBackend,
        operands: [x],
        shape: x.shape,
        dtype: x.dtype,
        numbers: {
          extent,
          inner,
          exclusive: exclusive === true ? 1 : 0,
          reverse: reverse === true ? 1 : 0,
          lines: size / Math.max(1, extent),
        },
      });
    },
  };
}

export const cumulativeSumKernel = cumulativeKernel('Cumsum');
export const cumulativeProductKernel = cumulativeKernel('Cumprod');
