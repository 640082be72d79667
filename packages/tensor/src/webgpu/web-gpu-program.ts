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
         let group = index / ${WORKGROUP_SIZE};
         let lane = i32(localIndex);
         if (group >= uniforms.groups) { return; }
         ${body}
       }`;
}
