import { defineCardKernel, runOnCard, type CardKernel } from './web-gpu-program.js';

const SIGMOID = 'fn sigmoidOf(z : f32) -> f32 { return 1.0 / (1.0 + exp(-z)); }';

const forward: CardKernel = {
  name: 'FusedSwiGlu',
  operands: ['gateUp'],
  numbers: { hidden: 'i32' },
  declarations: SIGMOID,
  layout: 'element',
  body: `
    let place = index + (index / uniforms.hidden) * uniforms.hidden;
    let gate = gateUp[place];
    result[index] = gate * sigmoidOf(gate) * gateUp[place + uniforms.hidden];`,
};

const backward: CardKernel = {
  name: 'FusedSwiGluGradient',
  operands: ['gateUp', 'dy'],
  numbers: { hidden: 'i32' },
  declarations: SIGMOID,
  layout: 'element',
  body: `
    let row = index / (2 * uniforms.hidden);
    let column = index % (2 * uniforms.hidden);
    let isGate = column < uniforms.hidden;
    let place = index - select(uniforms.hidden, 0, isGate);
    let gate = gateUp[place];
    let open = sigmoidOf(gate);
    let slope = dy[row * uniforms.hidden + column - select(uniforms.hidden, 0, isGate)];
    let ofGate = gateUp[place + uniforms.hidden] * open * (1.0 + gate * (1.0 - open));
    result[index] = slope * select(gate * open, ofGate, isGate);`,
};

/** `swiGlu` and its gradient, one dispatch each. */
export function registerSwiGluOnCard(): void {
  defineCardKernel<'gateUp'>('FusedSwiGlu', ({ gateUp }, backend) => {
    const [rows = 0, width = 0] = gateUp.shape;
    return [
      runOnCard(forward, {
        backend,
        operands: [gateUp],
        shape: [rows, width / 2],
        numbers: { hidden: width / 2 },
      }),
    ];
  });
  defineCardKernel<'gateUp' | 'dy'>('FusedSwiGluGradient', ({ gateUp, dy }, backend) => [
    runOnCard(backward, {
      backend,
      operands: [gateUp, dy],
      shape: gateUp.shape,
      numbers: { hidden: (gateUp.shape[1] ?? 0) / 2 },
    }),
  ]);
}
