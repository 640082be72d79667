import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { ProgramUniform, WebGpuBackend, WebGpuProgram } from './web-gpu-backend.js';

/** Threads of a workgroup: enough for any card, and every card has so many. */
export const WORKGROUP_SIZE = 64;

/** Workgroups along one axis of a dispatch, which every card allows. */
const LARGEST_DISPATCH = 65535;

/** One kernel: WGSL and how its threads are laid out. */
export interface CardKernel {
  /** Unique among all kernels: compiled kernels are kept by this name, and by ranks and types of the operands. */
  readonly name: string;
  /** Names under which the code reads the operands: storage arrays of f32 or i32. */
  readonly operands: readonly string[];
  /** Names of the numbers that a call gives, `size` aside; read as `uniforms.name`. */
  readonly numbers: Readonly<Record<string, 'i32' | 'f32'>>;
  /** What comes before the body: functions, workgroup memory. */
  readonly declarations?: string;
  /**
   * `element`: the body runs once for each `index` below `uniforms.size` of the result; `workgroup`: once in each of
   * `WORKGROUP_SIZE` threads `lane` of every `group` below `uniforms.groups`, so that they can share memory.
   */
  readonly layout: 'element' | 'workgroup';
  /** Statements of WGSL that write `result[...]`. */
  readonly body: string;
}

/** WGSL of a function over all lanes of a workgroup, the same for each of them. */
function overLanes(name: string, combined: string): string {
  return `
    fn ${name}(lane : i32, value : f32) -> f32 {
      laneValues[lane] = value;
      workgroupBarrier();
      for (var half = ${WORKGROUP_SIZE / 2}; half > 0; half = half / 2) {
        if (lane < half) {
          let mine = laneValues[lane];
          let other = laneValues[lane + half];
          laneValues[lane] = ${combined};
        }
        workgroupBarrier();
      }
      let all = laneValues[0];
      workgroupBarrier();
      return all;
    }`;
}

/** Declarations of `sumOverLanes(lane, value)` and `largestOverLanes(lane, value)`. */
export const OVER_LANES = `
  var<workgroup> laneValues : array<f32, ${WORKGROUP_SIZE}>;
  ${overLanes('sumOverLanes', 'mine + other')}
  ${overLanes('largestOverLanes', 'max(mine, other)')}`;

/** What a kernel is run on. */
export interface CardCall {
  readonly backend: WebGpuBackend;
  readonly operands: readonly TensorInfo[];
  readonly shape: readonly number[];
  readonly dtype?: DataType;
  readonly numbers?: Readonly<Record<string, number>>;
  /** Of a kernel with workgroups. */
  readonly groups?: number;
}

/** Runs a kernel; the result is a new tensor of the backend. */
export function runOnCard(
  kernel: CardKernel,
  { backend, operands, shape, dtype = 'float32', numbers = {}, groups = 0 }: CardCall,
): TensorInfo {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const isElementwise = kernel.layout === 'element';
  const declared: Readonly<Record<string, 'i32' | 'f32'>> = {
    ...kernel.numbers,
    ...(isElementwise ? {} : { groups: 'i32' }),
  };
  const given: Readonly<Record<string, number>> = { ...numbers, groups };
  const uniforms = Object.entries(declared).map(([name, type]): ProgramUniform => ({
    type: type === 'i32' ? 'int32' : 'float32',
    data: [given[name] ?? 0],
  }));
  const program: WebGpuProgram = {
    variableNames: kernel.operands,
    uniforms: Object.entries(declared)
      .map(([name, type]) => `${name} : ${type},`)
      .join(' '),
    outputShape: [...shape],
    shaderKey: `pose-rft ${kernel.name}`,
    workgroupSize: [WORKGROUP_SIZE, 1, 1],
    dispatch: dispatchOf(isElementwise ? Math.ceil(size / WORKGROUP_SIZE) : groups),
    dispatchLayout: { x: shape.map((_, axis) => axis) },
    size: true,
    getUserCode: () => userCode(kernel),
  };
  return backend.runWebGPUProgram(program, operands, dtype, uniforms);
}

/** Several rows of workgroups where one would be longer than a card allows. */
function dispatchOf(workgroups: number): [number, number, number] {
  const rows = Math.max(1, Math.ceil(workgroups / LARGEST_DISPATCH));
  return [Math.max(1, Math.ceil(workgroups / rows)), rows, 1];
}

function userCode({ layout, declarations = '', body }: CardKernel): string {
  return layout === 'element'
    ? `${declarations}
       fn main(index : i32) {
         if (index < uniforms.size) { ${body} }
       }`
    : `${declarations}
       fn main(index : i32) {
         // Groups too many repeat the last one: threads may not leave before a barrier.
         let group = min(index / ${WORKGROUP_SIZE}, uniforms.groups - 1);
         let lane = i32(localIndex);
         ${body}
       }`;
}

/**
 * Registers a fused op's kernel for the WebGPU backend, under the name that its wasm kernel has: so its gradient, which
 * goes by that name, is the same.
 */
export function defineCardKernel<Name extends string>(
  kernelName: string,
  run: (
    operands: Readonly<Record<Name, TensorInfo>>,
    backend: WebGpuBackend,
    settings: Readonly<Record<string, number>>,
  ) => readonly TensorInfo[],
): void {
  if (getKernel(kernelName, 'webgpu') !== undefined) unregisterKernel(kernelName, 'webgpu');
  registerKernel({
    kernelName,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => [
      ...run(
        inputs as Readonly<Record<Name, TensorInfo>>,
        backend as WebGpuBackend,
        attrs as Readonly<Record<string, number>>,
      ),
    ],
  });
}
