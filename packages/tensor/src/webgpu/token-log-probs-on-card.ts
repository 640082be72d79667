import {
  defineCardKernel,
  OVER_LANES,
  runOnCard,
  WORKGROUP_SIZE,
  type CardKernel,
} from './web-gpu-program.js';

const logSumsOfRows: CardKernel = {
  name: 'FusedTokenLogProbs.logSums',
  operands: ['logits'],
  numbers: { width: 'i32' },
  declarations: OVER_LANES,
  layout: 'workgroup',
  body: `
    let start = group * uniforms.width;
    var largest = -3.4e38;
    for (var column = lane; column < uniforms.width; column += ${WORKGROUP_SIZE}) {
      largest = max(largest, logits[start + column]);
    }
    let top = largestOverLanes(lane, largest);
    var sum = 0.0;
    for (var column = lane; column < uniforms.width; column += ${WORKGROUP_SIZE}) {
      sum += exp(logits[start + column] - top);
    }
    let all = sumOverLanes(lane, sum);
    if (lane == 0) { result[group] = top + log(all); }`,
};

const chosen: CardKernel = {
  name: 'FusedTokenLogProbs',
  operands: ['logits', 'ids', 'logSums'],
  numbers: { width: 'i32' },
  layout: 'element',
  body: 'result[index] = logits[index * uniforms.width + ids[index]] - logSums[index];',
};

const gradient: CardKernel = {
  name: 'FusedTokenLogProbsGradient',
  operands: ['logits', 'ids', 'logSums', 'dy'],
  numbers: { width: 'i32' },
  layout: 'element',
  body: `
    let row = index / uniforms.width;
    let isChosen = index % uniforms.width == ids[row];
    result[index] = dy[row] * (select(0.0, 1.0, isChosen) - exp(logits[index] - logSums[row]));`,
};

/** `tokenLogProbs`, two dispatches, and its gradient, one. */
export function registerTokenLogProbsOnCard(): void {
  defineCardKernel<'logits' | 'ids'>('FusedTokenLogProbs', ({ logits, ids }, backend) => {
    const [rows = 0, width = 0] = logits.shape;
    const logSums = runOnCard(logSumsOfRows, {
      backend,
      operands: [logits],
      shape: [rows],
      groups: rows,
      numbers: { width },
    });
    const logProbs = runOnCard(chosen, {
      backend,
      operands: [logits, ids, logSums],
      shape: [rows],
      numbers: { width },
    });
    return [logProbs, logSums];
  });
  defineCardKernel<'logits' | 'ids' | 'logSums' | 'dy'>(
    'FusedTokenLogProbsGradient',
    ({ logits, ids, logSums, dy }, backend) => [
      runOnCard(gradient, {
        backend,
        operands: [logits, ids, logSums, dy],
        shape: logits.shape,
        numbers: { width: logits.shape[1] ?? 0 },
      }),
    ],
  );
}
