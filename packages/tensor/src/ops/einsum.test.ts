import { einsum, EinsumError, ones, tensor, tidy, useBackend, type Tensor } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

const SIZES: Readonly<Record<string, number>> = { b: 2, i: 3, j: 4, k: 2, l: 3, q: 1 };
const sizesOf = (axes: string): number[] => [...axes].map((axis) => SIZES[axis] ?? 0);
const count = (axes: string): number => sizesOf(axes).reduce((total, size) => total * size, 1);

describe.each(['cpu', 'wasm'] as const)('einsum on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  test.each([
    'ij,jk->ik',
    'ij,kj->ik',
    'ij,jk->ki',
    'bij,bjk->bik',
    'bqi,bki->bqk',
    'ij,ij->ij',
    'ij,ij->',
    'ij->ji',
    'ij->i',
    'ij->',
    'i,j->ij',
    'i,->i',
    'bij,jk->ikb',
    'bi,l->b',
    'ij,jk,kl->il',
    'bi,bj,bk->bijk',
  ])('%s is the sum of products, and so is its gradient', (equation) => {
    const [left, output] = equation.split('->') as [string, string];
    const inputs = left.split(',');
    const random = createRandom(3);
    const operands = inputs.map((axes) => ({
      shape: sizesOf(axes),
      values: random.fillNormal(new Float32Array(count(axes))),
    }));
    const found = tidy(() =>
      einsum(equation, ...operands.map(({ shape, values }) => tensor(values.slice(), shape))).dataSync(),
    );
    byDefinition(
      inputs,
      output,
      operands.map(({ values }) => values),
    ).forEach((value, index) => expect(found[index]).toBeCloseTo(value, 4));
    checkGradients((...tensors: Tensor[]) => einsum(equation, ...tensors), operands);
  });

  test.each([
    ['ij,jk', /expected letters, commas and an output/],
    ['...i->i', /expected letters/],
    ['ii->i', /"ii" repeats a letter/],
    ['ij->iz', /output axis "z" is in no operand/],
    ['ij,jk->ik', /names 2 operands, got 1 tensors/],
    ['i->i', /operand 0 is "i", got shape \[2, 3\]/],
  ])('refuses %s', (equation, message) => {
    tidy(() => {
      const matrix = ones([2, 3]);
      expect(() => einsum(equation, matrix)).toThrow(EinsumError);
      expect(() => einsum(equation, matrix)).toThrow(message);
    });
  });

  test('refuses sizes that differ', () => {
    tidy(() => {
      expect(() => einsum('ij,jk->ik', ones([2, 3]), ones([4, 2]))).toThrow(
        /axis "j" has size 3 and, in operand 1, 4/,
      );
    });
  });
});

function byDefinition(inputs: readonly string[], output: string, values: readonly Float32Array[]): number[] {
  const axes = [...new Set([...output, ...inputs.join('')])];
  const results = new Array<number>(count(output)).fill(0);
  const position = (own: string, at: ReadonlyMap<string, number>): number =>
    [...own].reduce((index, axis) => index * (SIZES[axis] ?? 0) + (at.get(axis) ?? 0), 0);
  const visit = (depth: number, at: Map<string, number>): void => {
    const axis = axes[depth];
    if (axis === undefined) {
      const product = inputs.reduce(
        (total, own, index) => total * (values[index]?.[position(own, at)] ?? NaN),
        1,
      );
      results[position(output, at)] = (results[position(output, at)] ?? NaN) + product;
      return;
    }
    for (let index = 0; index < (SIZES[axis] ?? 0); index++) visit(depth + 1, at.set(axis, index));
  };
  visit(0, new Map());
  return results;
}
