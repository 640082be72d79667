import { add, matMul, type ParameterStore, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';

/** rows [N, in] times `{name}.weight` [in, out], plus `{name}.bias` [out]. */
export function linearLayer(parameters: ParameterStore, name: string, rows: Tensor2D): Tensor2D {
  return add(
    matMul(rows, parameters.get(`${name}.weight`) as Tensor2D),
    parameters.get(`${name}.bias`) as Tensor1D,
  );
}
