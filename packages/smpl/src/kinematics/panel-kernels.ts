import { createPlainPanelKernels } from './plain-panel-kernels.js';
import { KERNEL_MODULE_BASE64 } from './wasm-module.generated.js';
import { webAssembly } from './web-assembly.js';

/** How the numbers are crunched: compiled vector code where the engine has it, or plain JavaScript. */
export type SurfaceImplementation = 'compiled' | 'plain';

/** Operands of both kernels, in the order of `kernels/assembly`: addresses and strides in bytes, counts in pieces. */
export type BlendOperands = readonly [
  panels: number,
  panelCount: number,
  panelStride: number,
  offsets: number,
  features: number,
  featureCount: number,
  poseCount: number,
  out: number,
  outStride: number,
];
export type SkinOperands = readonly [
  ...BlendOperands,
  transforms: number,
  transformStride: number,
  influences: number,
  influenceCount: number,
];

export interface PanelKernelFunctions {
  /** Rest places and pose-dependent corrections of points in panels of four: see `kernels/assembly/blend-panels.ts`. */
  readonly blendPanels: (...operands: BlendOperands) => void;
  /** The same, skinned: see `kernels/assembly/skin-panels.ts`. */
  readonly skinPanels: (...operands: SkinOperands) => void;
}

/** The kernels with a memory of their own, of fixed size. */
export interface PanelKernels extends PanelKernelFunctions {
  readonly implementation: SurfaceImplementation;
  readonly buffer: ArrayBuffer;
}

const PAGE_BYTES = 65536;

let compiled: object | 'unavailable' | undefined;

/**
 * The kernels over a fresh memory: compiled if wanted and to be had, else plain. (The module is compiled at once,
 * without waiting: it is small enough for browsers to allow that.)
 */
export function createPanelKernels(byteCount: number, wanted: SurfaceImplementation): PanelKernels {
  return (
    (wanted === 'compiled' ? createCompiledKernels(byteCount) : undefined) ?? createPlainKernels(byteCount)
  );
}

function createPlainKernels(byteCount: number): PanelKernels {
  const buffer = new ArrayBuffer(byteCount);
  return { implementation: 'plain', buffer, ...createPlainPanelKernels(buffer) };
}

/** Undefined where WebAssembly or its vector instructions are missing, or so much memory is not to be had. */
function createCompiledKernels(byteCount: number): PanelKernels | undefined {
  if (webAssembly === undefined) return undefined;
  compiled ??= compile();
  if (compiled === 'unavailable') return undefined;
  const pages = Math.ceil(byteCount / PAGE_BYTES);
  try {
    const memory = new webAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new webAssembly.Instance<PanelKernelFunctions>(compiled, { env: { memory } });
    const { blendPanels, skinPanels } = exports;
    return { implementation: 'compiled', buffer: memory.buffer, blendPanels, skinPanels };
  } catch {
    return undefined;
  }
}

function compile(): object | 'unavailable' {
  try {
    const bytes = Uint8Array.from(atob(KERNEL_MODULE_BASE64), (character) => character.charCodeAt(0));
    return webAssembly === undefined ? 'unavailable' : new webAssembly.Module(bytes);
  } catch {
    return 'unavailable';
  }
}
