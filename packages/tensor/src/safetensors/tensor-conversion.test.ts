import {
  cast,
  complex,
  dataToTensor,
  SafetensorsError,
  tensor,
  tensorDataFromFloat32,
  tensorToData,
  tidy,
  useBackend,
  type TensorData,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  test.each(['float32', 'int32', 'bool'] as const)('%s tensors go out and come back, as copies', (dtype) => {
    tidy(() => {
      const original = cast(tensor([0, 1, 1, 0], [2, 2]), dtype);
      const data = tensorToData(original);
      const back = dataToTensor(data);
      expect(back.dtype).toBe(dtype);
      expect(back.arraySync()).toEqual(original.arraySync());
      data.data[0] = 7;
      expect(back.arraySync()).toEqual(original.arraySync());
      expect(original.dataSync()[0]).toBe(0);
    });
  });

  test('floats of every width become float32, integers int32', () => {
    const values = Float32Array.of(1.5, -2);
    const stored: TensorData[] = [
      tensorDataFromFloat32('F16', [2], values),
      tensorDataFromFloat32('BF16', [2], values),
      { dtype: 'F64', shape: [2], data: Float64Array.from(values) },
    ];
    for (const data of stored) expect(tidy(() => dataToTensor(data).arraySync())).toEqual([1.5, -2]);
    const integers: TensorData[] = [
      { dtype: 'I64', shape: [1], data: BigInt64Array.of(-(2n ** 31n)) },
      { dtype: 'I8', shape: [1], data: Int8Array.of(-3) },
      { dtype: 'U32', shape: [1], data: Uint32Array.of(2 ** 31 - 1) },
    ];
    const found = integers.map((data) => tidy(() => dataToTensor(data).dataSync()[0]));
    expect(found).toEqual([-(2 ** 31), -3, 2 ** 31 - 1]);
  });

  test('what the engine or the format cannot hold is refused', () => {
    const large: TensorData = { dtype: 'U32', shape: [1], data: Uint32Array.of(2 ** 31) };
    expect(() => dataToTensor(large)).toThrow(SafetensorsError);
    expect(() => dataToTensor(large)).toThrow(/fit into int32, found 2147483648/);
    tidy(() => {
      expect(() => tensorToData(tensor(['text']))).toThrow(/float32, int32 or bool, found string/);
      if (backend === 'cpu') expect(() => tensorToData(complex([1], [2]))).toThrow(SafetensorsError);
    });
  });
});
