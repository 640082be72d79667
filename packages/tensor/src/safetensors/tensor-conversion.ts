import { tensor as createTensor } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { SafetensorsError } from './safetensors-error.js';
import { tensorDataToFloat32, type TensorData } from './tensor-data.js';

/**
 * A tensor's elements outside the engine: float32 as F32, int32 as I32, bool as BOOL.
 *
 * @throws SafetensorsError for strings and complex numbers, which safetensors cannot hold
 * @example
 * ```ts
 * import { dataToTensor, tensor1d, tensorToData, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const data = tensorToData(tensor1d([1, 2]));
 * console.assert(data.dtype === 'F32' && dataToTensor(data).shape[0] === 2);
 * ```
 */
export function tensorToData(tensor: Tensor): TensorData {
  const { shape } = tensor;
  switch (tensor.dtype) {
    case 'float32':
      return { dtype: 'F32', shape, data: tensor.dataSync<'float32'>().slice() };
    case 'int32':
      return { dtype: 'I32', shape, data: tensor.dataSync<'int32'>().slice() };
    case 'bool':
      return { dtype: 'BOOL', shape, data: tensor.dataSync<'bool'>().slice() };
    case 'complex64':
    case 'string':
      throw new SafetensorsError('(tensor)', 'dtype', 'float32, int32 or bool', tensor.dtype);
  }
}

/**
 * A tensor in the engine, which knows float32, int32 and bool only: floats become float32, integers int32.
 *
 * @throws SafetensorsError if an integer does not fit into int32
 */
export function dataToTensor(data: TensorData): Tensor {
  const shape = [...data.shape];
  switch (data.dtype) {
    case 'F32':
    case 'F16':
    case 'BF16':
    case 'F64':
      // Always a copy: the engine may keep the array it is given.
      return createTensor(tensorDataToFloat32(data).slice(), shape, 'float32');
    case 'BOOL':
      return createTensor(data.data.slice(), shape, 'bool');
    case 'U8':
    case 'I8':
    case 'U16':
    case 'I16':
    case 'I32':
      return createTensor(Int32Array.from(data.data), shape, 'int32');
    case 'U32':
    case 'I64':
    case 'U64':
      return createTensor(Int32Array.from(data.data as ArrayLike<number | bigint>, toInt32), shape, 'int32');
  }
}

function toInt32(value: number | bigint): number {
  const number = Number(value);
  if (number !== (number | 0))
    throw new SafetensorsError('(tensor)', 'data', 'integers that fit into int32', String(value));
  return number;
}
