import { env, findBackendFactory, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import { importOptional } from '../backend/import-optional.js';
import { runsInNode } from '../backend/node-builtins.js';
import { bindEmptyTensors } from './bind-empty-tensors.js';
import { rememberPolls, rememberPollsOf } from './dawn-polls.js';
import { mendWebGpuKernels } from './mend-web-gpu-kernels.js';
import { readSynchronouslyByPolling } from './synchronous-read.js';
import { isWebGpuBackend } from './web-gpu-backend.js';

/** The part of the WebGPU standard that says what an adapter is. */
interface Adapter {
  readonly info?: {
    readonly isFallbackAdapter?: boolean;
    readonly architecture?: string;
    readonly description?: string;
  };
}

interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

/**
 * Dispatches that tfjs gathers before it submits them to the card (its own default: 15). A training step has thousands,
 * and each submission costs more than a small kernel.
 */
const DISPATCHES_PER_SUBMISSION = 1000;

const PACKAGE = '@tensorflow/tfjs-backend-webgpu';

let softwareName: string | undefined;

/** The name of the adapter if a processor plays the card (SwiftShader, lavapipe): correct, and slow. */
export function softwareAdapter(): string | undefined {
  return softwareName;
}

let isPrepared = false;

/**
 * Registers the WebGPU backend: in Node on Dawn's binding, in a browser on its own WebGPU. A page made by a bundler
 * imports the backend's package itself, which a bundler must see; then it is only prepared.
 */
export async function loadWebGpu(): Promise<void> {
  if (isPrepared) return;
  if (runsInNode()) await loadInNode();
  else {
    softwareName = softwareNameOf(await adapterOf(Reflect.get(globalThis, 'navigator') as { gpu?: Gpu }));
    if (!findBackendFactory('webgpu')) await importOptional(PACKAGE);
  }
  isPrepared = true;
  mendFactory();
  mendWebGpuKernels();
  env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', DISPATCHES_PER_SUBMISSION);
}

async function loadInNode(): Promise<void> {
  const { create, globals } = (await importOptional('webgpu')) as {
    create: (options: string[]) => Gpu;
    globals: object;
  };
  rememberPollsOf(globals);
  const gpu = create([]);
  softwareName = softwareNameOf(await rememberPolls(() => adapterOf({ gpu })));
  const restoreGlobals = exposeBrowserGlobals(globals, gpu);
  try {
    await importOptional(PACKAGE);
  } catch (error) {
    restoreGlobals();
    throw error;
  }
}

async function adapterOf({ gpu }: { readonly gpu?: Gpu }): Promise<Adapter> {
  if (gpu === undefined) throw new Error('this browser has no WebGPU');
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error('there is no graphics adapter');
  return adapter;
}

function softwareNameOf({ info }: Adapter): string | undefined {
  const name = info?.description || info?.architecture || 'unnamed';
  return info?.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe/i.test(name) ? name : undefined;
}

/** The backend looks for a browser's globals while it is imported, and for `navigator.gpu` when it starts. */
function exposeBrowserGlobals(globals: object, gpu: Gpu): () => void {
  const hadWindow = 'window' in globalThis;
  Object.assign(globalThis, globals);
  if (!hadWindow) Object.assign(globalThis, { window: globalThis });
  if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: {} });
  const navigator: object = Reflect.get(globalThis, 'navigator');
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  return () => {
    if (!hadWindow) Reflect.deleteProperty(globalThis, 'window');
    Reflect.deleteProperty(navigator, 'gpu');
  };
}

/** Every instance that the engine makes binds empty tensors, and in Node can be read synchronously. */
function mendFactory(): void {
  const factory = findBackendFactory('webgpu');
  removeBackend('webgpu');
  registerBackend('webgpu', async () => {
    const backend = await factory();
    if (isWebGpuBackend(backend)) {
      bindEmptyTensors(backend);
      if (runsInNode()) readSynchronouslyByPolling(backend);
    }
    return backend;
  });
}
