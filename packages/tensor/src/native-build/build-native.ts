import { execFileSync, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { unpackCudaLibraries } from './cuda-libraries.js';
import { fetchWheel, type WheelSource } from './fetch-wheel.js';
import { NativeBuildError } from './native-build-error.js';
import { listWheel, unpackEntry, type WheelEntry } from './wheel-archive.js';

export { NativeBuildError };

const TFJS_VERSION = '4.22.0';
const NODE_API_HEADERS_VERSION = '1.9.0';
/** The release that the binding was tried with: TensorFlow's C interface is stable, but its headers have moved. */
const TENSORFLOW_VERSION = '2.21.0';
/** The version of Node's interface for addons that tfjs-node is written for. */
const NODE_API_VERSION = 8;

/** What the binding's two source files include. */
const HEADERS =
  /^tensorflow\/(include\/(?:tensorflow\/c|tensorflow\/core\/platform|tsl\/platform|xla\/tsl\/c)\/.*\.h)$/;
const LIBRARIES = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/;

/** What to build, and for which project. */
export interface NativeBuildOptions {
  /** The folder with the project's node_modules. */
  readonly project: string;
  /** tfjs-node-gpu with CUDA, instead of tfjs-node. */
  readonly cuda: boolean;
  /** The Python package index, for example `https://pypi.org/simple`. */
  readonly index: string;
  /** A release of TensorFlow; undefined for the one that this was tried with. */
  readonly tensorFlowVersion: string | undefined;
  readonly say: (message: string) => void;
}

/**
 * Builds `@tensorflow/tfjs-node` or `-gpu` against the TensorFlow of a Python wheel. tfjs's own download is TensorFlow
 * 2.9.1: not reachable from everywhere, and its CUDA 11 knows no card newer than 2021 (tfjs #8269, #8362).
 *
 * @throws NativeBuildError if a step fails, saying which
 */
export async function buildNative(options: NativeBuildOptions): Promise<void> {
  const { cuda, say } = options;
  const project = path.resolve(options.project);
  const version = options.tensorFlowVersion ?? TENSORFLOW_VERSION;
  const architecture = wheelArchitecture();
  const packageName = `@tensorflow/tfjs-node${cuda ? '-gpu' : ''}`;
  const native = path.join(project, '.native');
  const folder = path.join(native, `tensorflow-${version}-${cuda ? 'cuda' : 'cpu'}-${architecture}`);

  if (!existsSync(path.join(folder, 'lib', 'libtensorflow_cc.so.2'))) {
    const wheels = { folder: path.join(native, 'wheels'), index: options.index, architecture, say };
    await unpackTensorFlow(wheels, version, cuda, folder);
    await rm(wheels.folder, { recursive: true, force: true });
  }

  say(`installing ${packageName}@${TFJS_VERSION} without its download`);
  const packages = [`${packageName}@${TFJS_VERSION}`, `node-api-headers@${NODE_API_HEADERS_VERSION}`];
  run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], project);
  const packageFolder = path.join(project, 'node_modules', packageName);
  await linkFolder(folder, path.join(packageFolder, 'deps'));

  say('compiling the binding');
  const headers = path.join(project, 'node_modules', 'node-api-headers', 'include');
  await compileBinding(packageFolder, folder, headers);

  say('trying it');
  run(process.execPath, ['-e', SMOKE_TEST, packageName], project);
}

/** Multiplies two matrices in the built backend, in a process of its own: a wrong library ends it by a signal. */
const SMOKE_TEST = `
require('node:util').isNullOrUndefined ??= (value) => value == null;
const tf = require('node:module').createRequire(process.cwd() + '/')(process.argv[1]);
const a = tf.ones([1024, 1024]);
let rate = 0;
for (let i = 0; i < 5; i++) {
  const from = process.hrtime.bigint();
  const product = tf.matMul(a, a);
  if (product.dataSync()[7] !== 1024) throw new Error('a wrong product of two matrices');
  rate = Math.max(rate, (2 * 1024 ** 3) / Number(process.hrtime.bigint() - from));
}
console.log(process.argv[1] + ' runs: ' + rate.toFixed(0) + ' GFLOP/s in a product of 1024 x 1024 matrices');
`;

function wheelArchitecture(): string {
  if (process.platform !== 'linux')
    throw new NativeBuildError(
      `this is for Linux; on ${process.platform} try: npm install @tensorflow/tfjs-node@${TFJS_VERSION}`,
    );
  if (process.arch === 'x64') return 'x86_64';
  if (process.arch === 'arm64') return 'aarch64';
  throw new NativeBuildError(`TensorFlow publishes no wheel for ${process.arch}`);
}

async function unpackTensorFlow(
  source: WheelSource,
  version: string,
  cuda: boolean,
  folder: string,
): Promise<void> {
  // On x86_64 the project without CUDA is half as large; on arm64 the one project has no CUDA.
  const project = cuda || source.architecture === 'aarch64' ? 'tensorflow' : 'tensorflow-cpu';
  const wheel = await fetchWheel(source, project, version);
  const entries = await listWheel(wheel);
  const parts = entries.flatMap((entry) => {
    const header = HEADERS.exec(entry.name)?.[1];
    const library = LIBRARIES.exec(entry.name)?.[1];
    if (library !== undefined) return [{ entry, target: path.join(folder, 'lib', library) }];
    return header === undefined ? [] : [{ entry, target: path.join(folder, header) }];
  });
  if (parts.filter(({ entry }) => LIBRARIES.test(entry.name)).length !== 2)
    throw new NativeBuildError(
      `${path.basename(wheel)} has no libtensorflow_cc.so.2 and libtensorflow_framework.so.2`,
    );
  if (cuda) await unpackCudaLibraries(source, await readMetadata(wheel, entries, source.folder), folder);
  source.say(`unpacking ${path.basename(wheel)}`);
  // The largest goes last: when it is there, all is.
  for (const { entry, target } of parts.sort((a, b) => a.entry.bytes - b.entry.bytes)) {
    await unpackEntry(wheel, entry, `${target}.part`);
    await rename(`${target}.part`, target);
  }
}

async function readMetadata(wheel: string, entries: readonly WheelEntry[], scratch: string): Promise<string> {
  const metadata = entries.find(({ name }) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  if (metadata === undefined) throw new NativeBuildError(`${path.basename(wheel)} has no METADATA`);
  const file = path.join(scratch, 'METADATA');
  await unpackEntry(wheel, metadata, file);
  return readFile(file, 'utf8');
}

/** Makes `link` lead to `folder`, in the place of what an install may have left there. */
async function linkFolder(folder: string, link: string): Promise<void> {
  const present = await readlink(link).catch(() => undefined);
  if (present === folder) return;
  await rm(link, { recursive: true, force: true });
  await symlink(folder, link, 'dir');
}

async function compileBinding(
  packageFolder: string,
  tensorFlowFolder: string,
  nodeApiHeaders: string,
): Promise<void> {
  const target = path.join(packageFolder, 'lib', `napi-v${NODE_API_VERSION}`, 'tfjs_binding.node');
  await mkdir(path.dirname(target), { recursive: true });
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) =>
    path.join(packageFolder, 'binding', file),
  );
  const includes = [nodeApiHeaders, path.join(tensorFlowFolder, 'include'), packageFolder];
  run(
    process.env['CXX'] ?? 'c++',
    [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${NODE_API_VERSION}`],
      ...includes.map((folder) => `-I${folder}`),
      ...sources,
      ...['-o', target, `-L${path.join(tensorFlowFolder, 'lib')}`],
      ...['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
    ],
    packageFolder,
  );
}

const STDIO: StdioOptions = ['ignore', 'inherit', 'pipe'];

function run(command: string, options: readonly string[], cwd: string): void {
  try {
    execFileSync(command, options, {
      cwd,
      stdio: STDIO,
      encoding: 'utf8',
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', TF_ENABLE_ONEDNN_OPTS: '0' },
    });
  } catch (error) {
    const { code, status, signal, stderr } = error as {
      code?: string;
      status?: number;
      signal?: string | null;
      stderr?: string;
    };
    if (code === 'ENOENT')
      throw new NativeBuildError(
        `${command} is not installed (a C++ compiler: apt install g++ on Debian and Ubuntu, or set CXX)`,
      );
    const end = signal ?? `status ${status ?? 'unknown'}`;
    throw new NativeBuildError(`${path.basename(command)} ended with ${end}:\n${stderr ?? ''}`);
  }
}
