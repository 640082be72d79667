import { backend_util, getKernel, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { createView, nativeId, releaseView } from './wasm-heap.js';

type NativeMatMul = (
  a: number,
  aShape: Uint8Array,
  aRank: number,
  b: number,
  bShape: Uint8Array,
  bRank: number,
  transposeA: boolean,
  transposeB: boolean,
  out: number,
) => void;

/** Multiply-adds of one matrix product below which the backend's plain loop beats setting XNNPACK up. */
const SMALL_PRODUCT = 10_000;

let nativeMatMul: NativeMatMul | undefined;

/**
 * The wasm backend's (batched) matrix product, mended in three ways:
 * - transposed operands are transposed first: the backend has a fast product (XNNPACK) for plain operands only, and
 *   takes a plain loop, ten times slower, for the others;
 * - a batch of products is a loop over fast ones, and a batch times one matrix is one product of all rows;
 * - XNNPACK caches the packed right-hand operand by tensor, not by shape, so the same memory seen as another shape
 *   (after `reshape`) gave the first shape's result: such a view now gets an identity of its own.
 */
export const matMulKernel: KernelConfig = {
  kernelName: 'BatchMatMul',
  backendName: 'wasm',
  setupFunc: (backend) => {
    const { wasm } = backend as BackendWasm;
    if (!wrapsFunctions(wasm))
      throw new TypeError('the wasm module has no cwrap: not the tfjs release this package is for');
    const matrix = ['number', 'array', 'number'] as const;
    nativeMatMul = wasm.cwrap('BatchMatMul', null, [...matrix, ...matrix, 'number', 'number', 'number']);
  },
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    return multiply(backend as BackendWasm, a, b, transposeA, transposeB);
  },
};

function multiply(
  backend: BackendWasm,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): TensorInfo {
  if (a.dtype !== 'float32' || b.dtype !== 'float32')
    throw new TypeError(`matMul on wasm takes float32 operands, got ${a.dtype} and ${b.dtype}: cast them`);
  const batchShape = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const aBatch = util.sizeFromShape(a.shape.slice(0, -2));
  const bBatch = util.sizeFromShape(b.shape.slice(0, -2));
  const [rows, inner] = matrixShape(a, transposeA);
  const [innerOfB, columns] = matrixShape(b, transposeB);
  if (inner !== innerOfB)
    throw new RangeError(
      `matMul: inner sizes differ: [${a.shape.join(', ')}]${transposeA ? ' transposed' : ''} times ` +
        `[${b.shape.join(', ')}]${transposeB ? ' transposed' : ''}`,
    );
  const output = backend.makeOutput([...batchShape, rows, columns], 'float32');
  if (util.sizeFromShape(output.shape) === 0) return output;

  if (batchShape.length > 0 && rows * inner * columns <= SMALL_PRODUCT && bBatch > 1 && aBatch === bBatch) {
    const shapeOfA = transposeA ? [aBatch, inner, rows] : [aBatch, rows, inner];
    const shapeOfB = transposeB ? [bBatch, columns, inner] : [bBatch, inner, columns];
    runNative(backend, { tensor: a, shape: shapeOfA }, { tensor: b, shape: shapeOfB }, output, {
      transposeA,
      transposeB,
    });
    return output;
  }
  const plainA = transposeA ? transposeMatrices(backend, a) : a;
  const plainB = transposeB ? transposeMatrices(backend, b) : b;
  if (bBatch === 1) multiplyPlain(backend, plainA, plainB, [aBatch * rows, inner, columns], output);
  else multiplyEach(backend, plainA, plainB, [rows, inner, columns], output);
  if (plainA !== a) backend.disposeData(plainA.dataId);
  if (plainB !== b) backend.disposeData(plainB.dataId);
  return output;
}

/** One product for every matrix of the output's batch, on views into the operands' memory. */
function multiplyEach(
  backend: BackendWasm,
  a: TensorInfo,
  b: TensorInfo,
  sizes: readonly [rows: number, inner: number, columns: number],
  output: TensorInfo,
): void {
  const [rows, inner, columns] = sizes;
  const batchShape = output.shape.slice(0, -2);
  const indicesOfA = broadcastIndices(a.shape.slice(0, -2), batchShape);
  const indicesOfB = broadcastIndices(b.shape.slice(0, -2), batchShape);
  for (let index = 0; index < indicesOfA.length; index++) {
    const left = createView(backend, a, (indicesOfA[index] as number) * rows * inner, [rows, inner]);
    const right = createView(backend, b, (indicesOfB[index] as number) * inner * columns, [inner, columns]);
    const product = createView(backend, output, index * rows * columns, [rows, columns]);
    multiplyPlain(backend, left, right, sizes, product);
    for (const view of [left, right, product]) releaseView(backend, view);
  }
}

/** For every matrix of a broadcast batch, the number of the operand's matrix that it is made of. */
function broadcastIndices(operandShape: readonly number[], batchShape: readonly number[]): Int32Array {
  const indices = new Int32Array(util.sizeFromShape([...batchShape]));
  const missing = batchShape.length - operandShape.length;
  for (let flat = 0; flat < indices.length; flat++) {
    let rest = flat;
    let stride = 1;
    let index = 0;
    for (let axis = batchShape.length - 1; axis >= missing; axis--) {
      const operandSize = operandShape[axis - missing] as number;
      const size = batchShape[axis] as number;
      if (operandSize > 1) index += (rest % size) * stride;
      stride *= operandSize;
      rest = Math.floor(rest / size);
    }
    indices[flat] = index;
  }
  return indices;
}

/** The number of columns as which each right-hand operand's memory was first packed. */
const packedColumns = new WeakMap<object, number>();

/** The fast product: a as [rows, inner], b as [inner, columns]. */
function multiplyPlain(
  backend: BackendWasm,
  a: TensorInfo,
  b: TensorInfo,
  [rows, inner, columns]: readonly [rows: number, inner: number, columns: number],
  output: TensorInfo,
): void {
  const packedAs = packedColumns.get(b.dataId);
  if (packedAs === undefined) packedColumns.set(b.dataId, columns);
  const needsOwnIdentity = packedAs !== undefined && packedAs !== columns;
  const right = needsOwnIdentity ? createView(backend, b, 0, b.shape) : b;
  runNative(
    backend,
    { tensor: a, shape: [1, rows, inner] },
    { tensor: right, shape: [1, inner, columns] },
    output,
    { transposeA: false, transposeB: false },
  );
  if (needsOwnIdentity) releaseView(backend, right);
}

interface ShapedOperand {
  readonly tensor: TensorInfo;
  readonly shape: readonly number[];
}

function runNative(
  backend: BackendWasm,
  a: ShapedOperand,
  b: ShapedOperand,
  output: TensorInfo,
  { transposeA, transposeB }: { readonly transposeA: boolean; readonly transposeB: boolean },
): void {
  nativeMatMul?.(
    nativeId(backend, a.tensor),
    shapeBytes(a.shape),
    a.shape.length,
    nativeId(backend, b.tensor),
    shapeBytes(b.shape),
    b.shape.length,
    transposeA,
    transposeB,
    nativeId(backend, output),
  );
}

function shapeBytes(shape: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(shape).buffer);
}

/** Rows and columns of the last two axes, as the product sees them. */
function matrixShape(tensor: TensorInfo, transposed: boolean): readonly [number, number] {
  const rows = tensor.shape[tensor.shape.length - 2] as number;
  const columns = tensor.shape[tensor.shape.length - 1] as number;
  return transposed ? [columns, rows] : [rows, columns];
}

function transposeMatrices(backend: BackendWasm, x: TensorInfo): TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  const transposed = getKernel('Transpose', 'wasm').kernelFunc({ inputs: { x }, backend, attrs: { perm } });
  if (Array.isArray(transposed)) throw new TypeError('Transpose gave several tensors');
  return transposed;
}

interface FunctionWrapper {
  cwrap(name: string, returns: null, parameters: readonly string[]): NativeMatMul;
}

function wrapsFunctions<Module extends object>(module: Module): module is Module & FunctionWrapper {
  return 'cwrap' in module && typeof module.cwrap === 'function';
}
