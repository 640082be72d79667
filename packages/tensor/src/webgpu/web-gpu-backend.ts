import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';

/** A buffer on the card, as far as this package uses it. */
export interface CardBuffer {
  readonly size: number;
  readonly mapState: 'unmapped' | 'pending' | 'mapped';
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
}

interface CommandEncoder {
  copyBufferToBuffer(source: CardBuffer, from: number, target: CardBuffer, to: number, size: number): void;
}

/** A tensor's numbers: on the card, on the host, or on both. */
export interface CardTensor {
  readonly dtype: DataType;
  readonly shape: number[];
  values: ArrayLike<number> | null | undefined;
  readonly resource: CardBuffer | null | undefined;
}

/** The part of tfjs's WebGPU backend that this package uses; its class is not typed for consumers without WebGPU types. */
export interface WebGpuBackend {
  readonly tensorMap: { get(dataId: object): CardTensor };
  readonly bufferManager: {
    acquireBuffer: (size: number, usage: number, ...rest: boolean[]) => CardBuffer;
    releaseBuffer(buffer: CardBuffer): void;
  };
  readonly commandEncoder: CommandEncoder;
  readonly pipelineCache: object;
  makeTensorInfo(shape: number[], dtype: DataType, values?: ArrayLike<number>): TensorInfo;
  disposeData(dataId: object): boolean;
  readSync(dataId: object): ArrayLike<number>;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  convertAndCacheOnCPU(dataId: object, values: ArrayLike<number>): ArrayLike<number>;
  runWebGPUProgram(
    program: WebGpuProgram,
    inputs: readonly TensorInfo[],
    dtype: DataType,
    uniforms?: readonly ProgramUniform[],
  ): TensorInfo;
}

/** A number that a program is given without being compiled anew. */
export interface ProgramUniform {
  readonly type: 'int32' | 'float32';
  readonly data: readonly number[];
}

/** One dispatch as tfjs's WebGPU backend takes it: it binds `result` and the operands of `variableNames` in order. */
export interface WebGpuProgram {
  readonly variableNames: readonly string[];
  /** Declarations for the numbers of `uniforms`, in WGSL: `epsilon : f32,`. */
  readonly uniforms?: string;
  readonly outputShape: number[];
  readonly shaderKey: string;
  readonly workgroupSize: [number, number, number];
  dispatch: [number, number, number];
  readonly dispatchLayout: { readonly x: number[] };
  readonly size?: boolean;
  readonly getUserCode: () => string;
}

/** Whether an engine's backend is tfjs's WebGPU backend, or looks just like it. */
export function isWebGpuBackend(backend: object): backend is WebGpuBackend {
  return (
    'runWebGPUProgram' in backend &&
    typeof backend.runWebGPUProgram === 'function' &&
    'tensorMap' in backend &&
    'bufferManager' in backend &&
    'readSync' in backend &&
    typeof backend.readSync === 'function'
  );
}
