import {
  defineCardKernel,
  OVER_LANES,
  runOnCard,
  WORKGROUP_SIZE,
  type CardKernel,
} from './web-gpu-program.js';

const inverseRmsOfRows: CardKernel = {
  name: 'FusedRmsNorm.inverseRms',
  operands: ['x'],
  numbers: { width: 'i32', epsilon: 'f32' },
  declarations: OVER_LANES,
  layout: 'workgroup',
  body: `
    var squares = 0.0;
    for (var column = lane; column < uniforms.width; column += ${WORKGROUP_SIZE}) {
      let value = x[group * uniforms.width + column];
      squares += value * value;
    }
    let all = sumOverLanes(lane, squares);
    if (lane == 0) { result[group] = inverseSqrt(all / f32(uniforms.width) + uniforms.epsilon); }`,
};

const normalised: CardKernel = {
  name: 'FusedRmsNorm',
  operands: ['x', 'gain', 'inverseRms'],
  numbers: { width: 'i32' },
  layout: 'element',
  body: `result[index] = gain[index % uniforms.width] * x[index] * inverseRms[index / uniforms.width];`,
};

const inputGradient: CardKernel = {
  name: 'FusedRmsNormGradient.x',
  operands: ['x', 'gain', 'inverseRms', 'dy'],
  numbers: { width: 'i32' },
  declarations: OVER_LANES,
  layout: 'workgroup',
  body: `
    let start = group * uniforms.width;
    var product = 0.0;
    for (var column = lane; column < uniforms.width; column += ${WORKGROUP_SIZE}) {
      product += dy[start + column] * gain[column] * x[start + column];
    }
    let inverse = inverseRms[group];
    let factor = sumOverLanes(lane, product) * inverse * inverse / f32(uniforms.width);
    for (var column = lane; column < uniforms.width; column += ${WORKGROUP_SIZE}) {
      let place = start + column;
      result[place] = inverse * (dy[place] * gain[column] - x[place] * factor);
    }`,
};

const gainGradient: CardKernel = {
  name: 'FusedRmsNormGradient.gain',
  operands: ['x', 'inverseRms', 'dy'],
  numbers: { width: 'i32', rows: 'i32' },
  declarations: OVER_LANES,
  layout: 'workgroup',
  body: `
    var sum = 0.0;
    for (var row = lane; row < uniforms.rows; row += ${WORKGROUP_SIZE}) {
      let place = row * uniforms.width + group;
      sum += dy[place] * x[place] * inverseRms[row];
    }
    let all = sumOverLanes(lane, sum);
    if (lane == 0) { result[group] = all; }`,
};

/** `rmsNorm` and its gradient, two dispatches each. */
export function registerRmsNormOnCard(): void {
  defineCardKernel<'x' | 'gain'>('FusedRmsNorm', ({ x, gain }, backend, { epsilon = 0 }) => {
    const [rows = 0, width = 0] = x.shape;
    const inverseRms = runOnCard(inverseRmsOfRows, {
      backend,
      operands: [x],
      shape: [rows],
      groups: rows,
      numbers: { width, epsilon },
    });
    const y = runOnCard(normalised, {
      backend,
      operands: [x, gain, inverseRms],
      shape: x.shape,
      numbers: { width },
    });
    return [y, inverseRms];
  });
  defineCardKernel<'x' | 'gain' | 'inverseRms' | 'dy'>(
    'FusedRmsNormGradient',
    ({ x, gain, inverseRms, dy }, backend) => {
      const [rows = 0, width = 0] = x.shape;
      const dx = runOnCard(inputGradient, {
        backend,
        operands: [x, gain, inverseRms, dy],
        shape: x.shape,
        groups: rows,
        numbers: { width },
      });
      const dGain = runOnCard(gainGradient, {
        backend,
        operands: [x, inverseRms, dy],
        shape: [width],
        groups: width,
        numbers: { width, rows },
      });
      return [dx, dGain];
    },
  );
}
