import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tensor from '@pose-rft/tensor';
import * as tfjs from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

describe('plain Node', () => {
  const program = `
    import * as tensor from '@pose-rft/tensor';
    import { expectNoTensorLeak } from '@pose-rft/tensor/testing';
    import * as tfjs from '@tensorflow/tfjs-core';
    const { backend } = await tensor.useBackend('wasm');
    const slope = expectNoTensorLeak(() =>
      tensor.tidy(() => tensor.grad((x) => tensor.matMul(x, x).sum())(tfjs.tensor2d([[1, 2], [3, 4]])).arraySync()),
    );
    tensor.tensor1d([1]).dispose();
    await tensor.useBackend('cpu');
    tensor.tidy(() => tensor.add(1, 2).dataSync());
    console.log(JSON.stringify({
      backend, slope,
      crashHandlers: process.listenerCount('unhandledRejection') + process.listenerCount('uncaughtException'),
      sameEngine: tensor.engine() === tfjs.engine(),
      sameTensor: tensor.Tensor === tfjs.Tensor && tensor.scalar(1) instanceof tfjs.Tensor,
    }));
  `;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: packageFolder,
    encoding: 'utf8',
  });

  test('imports one engine, with gradients and chained ops', () => {
    expect(result.status, result.stderr).toBe(0);
    expect(JSON.parse(result.stdout)).toEqual({
      backend: 'wasm',
      crashHandlers: 0,
      slope: [
        [7, 11],
        [9, 13],
      ],
      sameEngine: true,
      sameTensor: true,
    });
  });

  test('prints nothing of its own', () => {
    expect(result.stdout.trim().split('\n')).toHaveLength(1);
    expect(result.stderr).toBe('');
  });
});

test('vitest sees the same engine', () => {
  expect(tensor.engine()).toBe(tfjs.engine());
  expect(tensor.Tensor).toBe(tfjs.Tensor);
});

test("what replaces tfjs's ops is what the package exports", () => {
  for (const name of ['cumprod', 'cumsum', 'einsum', 'multinomial', 'randomNormal'] as const)
    expect(tensor[name]).not.toBe(tfjs[name]);
  expect(tensor.matMul).toBe(tfjs.matMul);
});

test("the bundlers' build imports neither Node's modules nor copies of the engine", () => {
  const build = readFileSync(new URL('../dist/index.js', import.meta.url), 'utf8');
  const imports = [
    ...build.matchAll(/^(?:import|export)[^;]*?from\s*["']([^"']+)["']|^import\s*["']([^"']+)["']/gm),
  ].map((match) => match[1] ?? match[2]);
  expect(imports).toContain('@tensorflow/tfjs-core');
  expect(imports).toContain('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  expect(imports.filter((specifier) => specifier?.startsWith('node:'))).toEqual([]);
  expect(build).not.toMatch(/import\(["']node:/);
  const testing = readFileSync(new URL('../dist/testing.js', import.meta.url), 'utf8');
  expect(testing).not.toContain('registerGradient');
});
