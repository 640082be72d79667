import { env } from '@tensorflow/tfjs-core';
import { registerMendedGradients } from '../gradients/register-mended-gradients.js';
import { mendNativeKernels } from '../native/mend-native-kernels.js';
import { mendWasmKernels } from '../wasm/mend-wasm-kernels.js';
import { loadWebGpu, softwareAdapter } from '../webgpu/load-web-gpu.js';
import { importOptional } from './import-optional.js';
import { nodeBuiltin, runsInNode } from './node-builtins.js';

/** Every backend, best first: the order in which `auto` tries them. */
export const BACKEND_NAMES = ['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm', 'cpu'] as const;

/** A backend of the engine. */
export type BackendName = (typeof BACKEND_NAMES)[number];

/** How one backend is loaded and what to say about it. */
export interface BackendCandidate {
  readonly name: BackendName;
  /** Its name inside tfjs (both native packages register as `tensorflow`). */
  readonly engineName: 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';
  readonly description: string;
  /** The command that installs it; undefined if it comes with this package. */
  readonly install: string | undefined;
  /** What to look at if it is installed and does not run. */
  readonly repair: string | undefined;
  /** Why it can never run on this platform, if so. */
  readonly unsupported: () => string | undefined;
  /** Imports it, which registers it with the engine. Throws if a package is missing or does not load. */
  readonly load: () => Promise<void>;
  /** Once loaded: why `auto` passes it over though it runs, if so. */
  readonly passedOver?: () => string | undefined;
}

const TFJS_VERSION = '4.22.0';

/** This package's command that builds the native binding against a newer TensorFlow (`native-build/`). */
const BUILD_NATIVE = 'npx build-native-tensorflow';

const needsNode = (): string | undefined => (runsInNode() ? undefined : 'it needs Node');

const CANDIDATES: Readonly<Record<BackendName, BackendCandidate>> = {
  'tensorflow-gpu': {
    name: 'tensorflow-gpu',
    engineName: 'tensorflow',
    description: 'native TensorFlow on CUDA',
    install: `${BUILD_NATIVE} --cuda (Linux; CUDA 12 comes along), or npm install @tensorflow/tfjs-node-gpu@${TFJS_VERSION} (with CUDA 11 and cuDNN 8)`,
    repair: `${BUILD_NATIVE} --cuda (Linux), or npm rebuild @tensorflow/tfjs-node-gpu with CUDA 11 and cuDNN 8 on the library path`,
    unsupported: needsNode,
    load: () => loadNativeTensorFlow('@tensorflow/tfjs-node-gpu'),
  },
  webgpu: {
    name: 'webgpu',
    engineName: 'webgpu',
    description: "WebGPU, in Node by Dawn's binding",
    install: `npm install webgpu @tensorflow/tfjs-backend-webgpu@${TFJS_VERSION}`,
    repair: 'a graphics driver with Vulkan, Metal or Direct3D 12',
    unsupported: () => undefined,
    load: loadWebGpu,
    passedOver: () => {
      const name = softwareAdapter();
      return name === undefined ? undefined : `its adapter is software (${name}), slower than wasm`;
    },
  },
  tensorflow: {
    name: 'tensorflow',
    engineName: 'tensorflow',
    description: 'native TensorFlow on the CPU',
    install: `${BUILD_NATIVE} (Linux), or npm install @tensorflow/tfjs-node@${TFJS_VERSION}`,
    repair: `${BUILD_NATIVE} (Linux), or npm rebuild @tensorflow/tfjs-node`,
    unsupported: needsNode,
    load: () => loadNativeTensorFlow('@tensorflow/tfjs-node'),
  },
  wasm: {
    name: 'wasm',
    engineName: 'wasm',
    description: 'WebAssembly with SIMD (XNNPACK)',
    install: undefined,
    repair: undefined,
    unsupported: () => ('WebAssembly' in globalThis ? undefined : 'there is no WebAssembly'),
    load: loadWasm,
  },
  cpu: {
    name: 'cpu',
    engineName: 'cpu',
    description: 'plain JavaScript',
    install: undefined,
    repair: undefined,
    unsupported: () => undefined,
    load: async () => {
      await import('@tensorflow/tfjs-backend-cpu');
    },
  },
};

/** The candidate of a name, or undefined. */
export function findCandidate(name: string): BackendCandidate | undefined {
  return BACKEND_NAMES.some((known) => known === name) ? CANDIDATES[name as BackendName] : undefined;
}

/** All candidates, best first. */
export function allCandidates(): readonly BackendCandidate[] {
  return BACKEND_NAMES.map((name) => CANDIDATES[name]);
}

/**
 * tfjs binds the native binding's kernels to whichever of its two packages loaded first, so the second one to be
 * asked for is refused rather than silently answered by the first.
 */
let loadedNativePackage: string | undefined;

async function loadNativeTensorFlow(packageName: string): Promise<void> {
  if (loadedNativePackage === packageName) return;
  if (loadedNativePackage !== undefined)
    throw new Error(`${loadedNativePackage} is loaded already, and one process takes only one of the two`);
  // tfjs-node 4.22 still calls util.isNullOrUndefined, which Node 23 removed.
  const util: { isNullOrUndefined?: (value: unknown) => boolean } = nodeBuiltin('node:module').createRequire(
    import.meta.url,
  )('node:util');
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  // Before it loads: no start-up notes on standard error, which newer releases write about oneDNN whatever the log
  // level. Without oneDNN products are as fast, and results do not depend on the number of threads.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '0';
  await importOptional(packageName);
  loadedNativePackage = packageName;
  // It brings the whole of tfjs, which registers the stock gradients again.
  registerMendedGradients();
  mendNativeKernels();
}

async function loadWasm(): Promise<void> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (!(await env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new Error('this WebAssembly engine has no SIMD, which the kernels need');
  if (wasmIsPrepared) return;
  const folder = wasmFolder();
  if (folder !== undefined) wasm.setWasmPaths(folder);
  mendWasmKernels();
  wasmIsPrepared = true;
}

let wasmIsPrepared = false;

let folderOfPage: string | undefined;

/**
 * Tells a page where it serves the `.wasm` files of `@tensorflow/tfjs-backend-wasm`, if not beside its scripts. Call it
 * before `useBackend`. Node finds them by itself.
 *
 * @param url - of the folder, for example `./wasm/`
 * @example
 * ```ts
 * import { setWasmFolder, useBackend } from '@pose-rft/tensor';
 *
 * setWasmFolder('./wasm/');
 * await useBackend('wasm');
 * ```
 */
export function setWasmFolder(url: string): void {
  folderOfPage = url.endsWith('/') ? url : `${url}/`;
}

/** Where the .wasm files lie: in Node beside the backend's main file; a page says it, or has them beside its scripts. */
function wasmFolder(): string | undefined {
  if (!runsInNode()) return folderOfPage;
  const path = nodeBuiltin('node:path');
  const { resolve } = nodeBuiltin('node:module').createRequire(import.meta.url);
  return path.dirname(resolve('@tensorflow/tfjs-backend-wasm')) + path.sep;
}
