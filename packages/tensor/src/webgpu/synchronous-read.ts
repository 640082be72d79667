import { util } from '@tensorflow/tfjs-core';
import { pollNow } from './dawn-polls.js';
import type { CardBuffer, WebGpuBackend } from './web-gpu-backend.js';

/** `GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ` and `GPUMapMode.READ` of the WebGPU standard. */
const STAGING_USAGE = 0x8 | 0x1;
const READ_MODE = 0x1;

/** Polls without a pause, then one in each of these milliseconds. */
const EAGER_POLLS = 200;
const PAUSE_MILLISECONDS = 0.1;

/** Thrown when a tensor on the card cannot be read at once; `await tensor.data()` still reads it. */
export class SynchronousReadError extends Error {
  override readonly name = 'SynchronousReadError';
}

/** Gives the backend a `readSync` for Node (so `dataSync`, `arraySync`), by polling Dawn until the numbers are there. */
export function readSynchronouslyByPolling(backend: WebGpuBackend): void {
  const readElsewhere = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    const { values, dtype, resource } = backend.tensorMap.get(dataId);
    if (values || !resource || dtype === 'string' || dtype === 'complex64') return readElsewhere(dataId);
    const numbers = util.convertBackendValuesAndArrayBuffer(bytesOf(backend, resource), dtype);
    return backend.convertAndCacheOnCPU(dataId, numbers as ArrayLike<number>);
  };
}

function bytesOf(backend: WebGpuBackend, buffer: CardBuffer): ArrayBuffer {
  const staging = backend.bufferManager.acquireBuffer(buffer.size, STAGING_USAGE);
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.commandEncoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  backend.submitQueue();
  let failure: unknown;
  staging.mapAsync(READ_MODE).catch((error: unknown) => {
    failure = error;
  });
  for (let polls = 0; staging.mapState === 'pending'; polls++) {
    if (!pollNow()) throw new SynchronousReadError('Dawn queued no poll: read the tensor by `await data()`');
    if (polls > EAGER_POLLS) pause();
  }
  if (staging.mapState !== 'mapped')
    throw new SynchronousReadError(
      `the card's buffer could not be mapped: ${String(failure ?? 'device lost')}`,
    );
  const bytes = staging.getMappedRange().slice(0);
  staging.unmap();
  backend.bufferManager.releaseBuffer(staging);
  return bytes;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
}
