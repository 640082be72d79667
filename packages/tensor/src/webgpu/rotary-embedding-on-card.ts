import { defineCardKernel, runOnCard, type CardKernel } from './web-gpu-program.js';

const rotation: CardKernel = {
  name: 'FusedRotaryEmbedding',
  operands: ['qkv', 'positions', 'cosines', 'sines'],
  numbers: { width: 'i32', headSize: 'i32', rotatedHeads: 'i32', direction: 'f32' },
  layout: 'element',
  body: `
    let column = index % uniforms.width;
    if (column >= uniforms.rotatedHeads * uniforms.headSize) {
      result[index] = qkv[index];
    } else {
      let half = uniforms.headSize / 2;
      let pair = column % half;
      let isFirst = column % uniforms.headSize < half;
      let angle = positions[index / uniforms.width] * half + pair;
      let sine = uniforms.direction * sines[angle] * select(1.0, -1.0, isFirst);
      let other = qkv[index + select(-half, half, isFirst)];
      result[index] = qkv[index] * cosines[angle] + other * sine;
    }`,
};

/** `rotaryEmbedding`, one dispatch; its gradient is the same in the other direction. */
export function registerRotaryEmbeddingOnCard(): void {
  defineCardKernel<'qkv' | 'positions' | 'cos' | 'sin'>(
    'FusedRotaryEmbedding',
    ({ qkv, positions, cos, sin }, backend, { headCount = 1, rotatedHeads = 0, direction = 1 }) => {
      const width = qkv.shape[1] ?? 0;
      return [
        runOnCard(rotation, {
          backend,
          operands: [qkv, positions, cos, sin],
          shape: qkv.shape,
          numbers: { width, headSize: width / headCount, rotatedHeads, direction },
        }),
      ];
    },
  );
}
