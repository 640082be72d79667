import {
  add,
  BACKEND_NAMES,
  BackendUnavailableError,
  doctor,
  formatDoctor,
  getBackend,
  memory,
  scalar,
  tidy,
  UnknownBackendError,
  useBackend,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { explainLoadFailure } from './activate-backend.js';
import { allCandidates } from './backend-candidates.js';

trackTensorLeaks({ beforeAll, afterAll });
beforeEach(async () => {
  await useBackend('cpu');
});

describe('useBackend', () => {
  test.each(['wasm', 'cpu'] as const)('%s runs', async (name) => {
    const report = await useBackend(name);
    expect(report).toMatchObject({ backend: name, skipped: [] });
    expect(getBackend()).toBe(name);
    expect(tidy(() => add(scalar(1), scalar(2)).dataSync()[0])).toBe(3);
  });

  test('auto takes the first that runs, and says why the better ones do not and what turns them on', async () => {
    const report = await useBackend('auto');
    expect(report.skipped.map(({ backend }) => backend)).toEqual(
      BACKEND_NAMES.slice(0, BACKEND_NAMES.indexOf(report.backend)),
    );
    expect(report.backend).not.toBe('cpu');
    for (const { reason, remedy } of report.skipped) {
      expect(reason).not.toBe('');
      expect(remedy).not.toBeUndefined();
    }
  });

  test('an unknown name is refused with the list of valid ones', async () => {
    const name = 'cuda' as string;
    await expect(useBackend(name as 'cpu')).rejects.toThrow(UnknownBackendError);
    await expect(useBackend(name as 'cpu')).rejects.toThrow(
      'there is no backend "cuda"; use one of: auto, tensorflow-gpu, webgpu, tensorflow, wasm, cpu',
    );
    await expect(useBackend('constructor' as 'cpu')).rejects.toThrow(UnknownBackendError);
  });

  test('a backend that does not run is refused with a remedy, and the previous one stays', async () => {
    await useBackend('cpu');
    const { backends } = await doctor();
    const off = backends.filter(({ status }) => status === 'missing' || status === 'broken');
    expect(off.length).toBeGreaterThan(0);
    for (const { backend } of off) {
      await expect(useBackend(backend)).rejects.toThrow(BackendUnavailableError);
      await expect(useBackend(backend)).rejects.toThrow(/to turn it on: /);
      expect(getBackend()).toBe('cpu');
    }
  });
});

describe('doctor', () => {
  test('diagnoses every backend and leaves the chosen one in use', async () => {
    const report = await doctor();
    expect(report.running).toBe('cpu');
    expect(getBackend()).toBe('cpu');
    expect(report.backends.map(({ backend }) => backend)).toEqual(BACKEND_NAMES);
    expect(report.backends.find(({ backend }) => backend === 'cpu')?.status).toBe('running');
    expect(report.backends.find(({ backend }) => backend === 'wasm')?.status).toBe('ready');
    for (const { status, reason, backend } of report.backends) {
      if (status === 'running') expect(reason).toBeUndefined();
      else if (status === 'ready') expect(reason ?? '').toMatch(backend === 'webgpu' ? /^$|software/ : /^$/);
      else expect(reason).not.toBe('');
    }
  });

  test('measures the backends that run, and leaves no tensor', async () => {
    const before = memory().numTensors;
    const { backends, machine } = await doctor({ measureSeconds: 0.02 });
    expect(memory().numTensors).toBe(before);
    expect(machine.threads).toBeGreaterThan(0);
    for (const { status, speed } of backends)
      if (status === 'running' || status === 'ready') {
        expect(speed?.productGflops).toBeGreaterThan(0);
        expect(speed?.stepsPerSecond).toBeGreaterThan(0);
      } else expect(speed).toBeUndefined();
  });

  test('prints one line for each backend, and the command under each that is off', () => {
    const text = formatDoctor({
      platform: 'Node 20, linux x64',
      machine: { threads: 2, memoryGigabytes: 24.3, freeMemoryGigabytes: 20.6 },
      tfjsVersion: '4.22.0',
      running: 'wasm',
      backends: [
        {
          backend: 'webgpu',
          description: 'WebGPU',
          status: 'missing',
          reason: 'not installed',
          remedy: 'npm install webgpu',
          speed: undefined,
        },
        {
          backend: 'wasm',
          description: 'WebAssembly',
          status: 'running',
          reason: undefined,
          remedy: undefined,
          speed: { productGflops: 25.04, stepsPerSecond: 31.42 },
        },
      ],
    });
    expect(text.split('\n')).toEqual([
      'Node 20, linux x64, TensorFlow.js 4.22.0',
      '2 threads, 24 GB of memory, 21 free',
      '  webgpu         missing  not installed',
      '                          to turn it on: npm install webgpu',
      '* wasm           running  WebAssembly',
      '                          25.0 GFLOP/s, 31.4 training steps a second',
      '(products of 512 x 512 matrices; a step trains a block 128 to 384 wide on 256 rows)',
    ]);
  });
});

describe('a failure to load is put into words', () => {
  test.each([
    [
      "Cannot find package '@tensorflow/tfjs-node' imported from /a/b.js",
      true,
      /package @tensorflow\/tfjs-node is not installed/,
    ],
    ["Cannot find module 'webgpu'\nRequire stack:", true, /package webgpu is not installed/],
    [
      'libtensorflow.so.2: cannot open shared object file',
      false,
      /native library does not load \(libtensorflow\.so\.2/,
    ],
    ['something else\n  at x', false, /^it does not load \(something else\)$/],
  ])('%s', (message, missing, reason) => {
    const explained = explainLoadFailure(new Error(message));
    expect(explained.missing).toBe(missing);
    expect(explained.reason).toMatch(reason);
  });
});

test('every candidate that does not come with this package says how to install and how to repair it', () => {
  for (const { name, install, repair } of allCandidates()) {
    const isIncluded = name === 'wasm' || name === 'cpu';
    expect(install?.includes('npm install ') ?? false).toBe(!isIncluded);
    expect(repair === undefined).toBe(isIncluded);
  }
});
