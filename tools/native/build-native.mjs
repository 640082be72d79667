// Builds @tensorflow/tfjs-node (or, with --cuda, tfjs-node-gpu) against the TensorFlow of a Python wheel: no Python, no
// download from where tfjs keeps its own, three-year-old library. What it makes lies in .native/ and survives `npm ci`.
//
//   npm run native                         native TensorFlow on the CPU, for this repository
//   npm run native -- --cuda               CUDA 12 with its libraries
//   npm run native -- --into ../my-app     for another project
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chooseWheel, download, listProject, PythonIndexError } from './python-index.mjs';
import { highestVersion, requirementsOfExtra } from './requirements.mjs';
import { listWheel, unpackEntry, WheelError } from './wheel-archive.mjs';

const TFJS_VERSION = '4.22.0';
const NODE_API_HEADERS_VERSION = '1.9.0';
/** The release that the binding was tried with: TensorFlow's C interface is stable, its headers have moved. */
const TENSORFLOW_VERSION = '2.21.0';
/** Node-API version that tfjs-node is written for. */
const NODE_API_VERSION = 8;

const HEADERS =
  /^tensorflow\/include\/(tensorflow\/c\/|tensorflow\/core\/platform\/ctstring|tsl\/platform\/ctstring|xla\/tsl\/c\/)/;
const LIBRARIES = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/;
const CUDA_LIBRARIES = /^nvidia\/.+\/lib\/.+\.so[.\d]*$/;

class NativeBuildError extends Error {
  name = 'NativeBuildError';
}

async function main() {
  const { values } = parseArgs({
    options: {
      cuda: { type: 'boolean', default: false },
      into: { type: 'string', default: fileURLToPath(new URL('../..', import.meta.url)) },
      index: { type: 'string', default: process.env['PIP_INDEX_URL'] ?? 'https://pypi.org/simple' },
      tensorflow: { type: 'string', default: TENSORFLOW_VERSION },
    },
  });
  const project = path.resolve(values.into);
  const architecture = wheelArchitecture();
  const packageName = `@tensorflow/tfjs-node${values.cuda ? '-gpu' : ''}`;
  const folder = path.join(
    project,
    '.native',
    `tensorflow-${values.tensorflow}-${values.cuda ? 'cuda' : 'cpu'}-${architecture}`,
  );

  say(`installing ${packageName}@${TFJS_VERSION} without its download`);
  run(
    'npm',
    [
      'install',
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `${packageName}@${TFJS_VERSION}`,
      `node-api-headers@${NODE_API_HEADERS_VERSION}`,
    ],
    project,
  );
  const wheels = path.join(project, '.native', 'wheels');
  if (!existsSync(path.join(folder, 'lib', 'libtensorflow_cc.so.2')))
    await unpackTensorFlow(values.index, values.tensorflow, architecture, values.cuda, wheels, folder);

  const packageFolder = path.join(project, 'node_modules', packageName);
  await linkFolder(folder, path.join(packageFolder, 'deps'));
  say('compiling the binding');
  await compileBinding(
    packageFolder,
    folder,
    path.join(project, 'node_modules', 'node-api-headers', 'include'),
  );
  await rm(wheels, { recursive: true, force: true });

  say('trying it');
  run(process.execPath, ['-e', SMOKE_TEST, packageName], project);
}

/** Multiplies two matrices in the built backend, in a process of its own: a wrong library ends it by a signal. */
const SMOKE_TEST = `
require('node:util').isNullOrUndefined ??= (value) => value == null;
const { createRequire } = require('node:module');
const load = createRequire(process.cwd() + '/');
const tf = load(process.argv[1]);
const start = () => process.hrtime.bigint();
const a = tf.ones([1024, 1024]);
let rate = 0;
for (let i = 0; i < 5; i++) {
  const from = start();
  const product = tf.matMul(a, a);
  if (product.dataSync()[7] !== 1024) throw new Error('a wrong product of two matrices');
  rate = Math.max(rate, 2 * 1024 ** 3 / Number(start() - from));
}
console.log(process.argv[1] + ' runs: ' + rate.toFixed(0) + ' GFLOP/s in a product of 1024 x 1024 matrices');
`;

function wheelArchitecture() {
  if (process.platform !== 'linux')
    throw new NativeBuildError(
      `this is for Linux; on ${process.platform} try: npm install @tensorflow/tfjs-node@${TFJS_VERSION}`,
    );
  switch (process.arch) {
    case 'x64':
      return 'x86_64';
    case 'arm64':
      return 'aarch64';
    default:
      throw new NativeBuildError(`TensorFlow publishes no wheel for ${process.arch}`);
  }
}

async function unpackTensorFlow(index, version, architecture, cuda, wheels, folder) {
  // On arm64 the one project serves both; on x86_64 the one without CUDA is half as large.
  const project = cuda || architecture === 'aarch64' ? 'tensorflow' : 'tensorflow-cpu';
  const wheel = await fetchWheel(index, project, version, architecture, wheels);
  const entries = await listWheel(wheel);
  const parts = entries.flatMap((entry) => {
    const library = LIBRARIES.exec(entry.name)?.[1];
    if (library !== undefined) return [{ entry, target: path.join(folder, 'lib', library) }];
    if (!HEADERS.test(entry.name) || !entry.name.endsWith('.h')) return [];
    return [{ entry, target: path.join(folder, entry.name.replace(/^tensorflow\//, '')) }];
  });
  if (parts.filter(({ entry }) => LIBRARIES.test(entry.name)).length !== 2)
    throw new NativeBuildError(
      `${path.basename(wheel)} has no libtensorflow_cc.so.2 and libtensorflow_framework.so.2`,
    );
  if (cuda) await unpackCuda(index, architecture, wheel, entries, wheels, folder);
  say(`unpacking ${path.basename(wheel)}`);
  // The library that says "unpacked" goes last.
  for (const { entry, target } of parts.toSorted((a, b) => a.entry.bytes - b.entry.bytes)) {
    const partial = `${target}.part`;
    await unpackEntry(wheel, entry, partial);
    await rename(partial, target);
  }
}

/** TensorFlow looks for CUDA in ../nvidia/<library>/lib beside its own folder: the wheels' own layout. */
async function unpackCuda(index, architecture, wheel, entries, wheels, folder) {
  const metadata = entries.find(({ name }) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  if (metadata === undefined) throw new NativeBuildError(`${path.basename(wheel)} has no METADATA`);
  const metadataFile = path.join(wheels, 'METADATA');
  await unpackEntry(wheel, metadata, metadataFile);
  const requirements = requirementsOfExtra(await readFile(metadataFile, 'utf8'), 'and-cuda');
  if (requirements.length === 0)
    throw new NativeBuildError(
      `${path.basename(wheel)} names no CUDA libraries (for this architecture there are none)`,
    );
  for (const { project, bounds } of requirements) {
    const files = await listProject(index, project);
    const prefix = `${project.replaceAll('-', '_')}-`;
    const versions = files
      .filter(({ filename }) => filename.startsWith(prefix) && filename.endsWith(`_${architecture}.whl`))
      .map(({ filename }) => filename.slice(prefix.length).split('-', 1)[0] ?? '');
    const version = highestVersion(versions, bounds);
    if (version === undefined)
      throw new NativeBuildError(`the index has no wheel of ${project} that TensorFlow accepts`);
    const library = await fetchWheel(index, project, version, architecture, wheels, files);
    for (const entry of await listWheel(library))
      if (CUDA_LIBRARIES.test(entry.name)) await unpackEntry(library, entry, path.join(folder, entry.name));
    await rm(library);
  }
}

async function fetchWheel(index, project, version, architecture, wheels, known) {
  const file = chooseWheel(known ?? (await listProject(index, project)), project, version, architecture);
  const size = file.size === undefined ? '' : ` (${Math.round(file.size / 1e6)} MB)`;
  say(`downloading ${file.filename}${size}`);
  return download(file, wheels);
}

/** Makes `link` lead to `folder`, in the place of what an install may have left there. */
async function linkFolder(folder, link) {
  if ((await readlink(link).catch(() => undefined)) === folder) return;
  await rm(link, { recursive: true, force: true });
  await symlink(folder, link, 'dir');
}

async function compileBinding(packageFolder, tensorFlowFolder, nodeApiHeaders) {
  const target = path.join(packageFolder, 'lib', `napi-v${NODE_API_VERSION}`, 'tfjs_binding.node');
  await mkdir(path.dirname(target), { recursive: true });
  const compiler = process.env['CXX'] ?? 'c++';
  run(
    compiler,
    [
      '-std=c++17',
      '-O2',
      '-fPIC',
      '-shared',
      `-DNAPI_VERSION=${NODE_API_VERSION}`,
      `-I${nodeApiHeaders}`,
      `-I${path.join(tensorFlowFolder, 'include')}`,
      `-I${packageFolder}`,
      path.join(packageFolder, 'binding', 'tfjs_backend.cc'),
      path.join(packageFolder, 'binding', 'tfjs_binding.cc'),
      '-o',
      target,
      `-L${path.join(tensorFlowFolder, 'lib')}`,
      '-l:libtensorflow_cc.so.2',
      '-l:libtensorflow_framework.so.2',
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    packageFolder,
  );
}

function run(command, options, cwd) {
  try {
    execFileSync(command, options, {
      cwd,
      stdio: ['ignore', 'inherit', 'pipe'],
      encoding: 'utf8',
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    });
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new NativeBuildError(
        `${command} is not installed (Debian and Ubuntu: apt install g++; or set CXX)`,
      );
    throw new NativeBuildError(
      `${path.basename(command)} failed (${error.signal ?? `exit status ${error.status}`}):\n${error.stderr ?? ''}`,
    );
  }
}

function say(message) {
  console.log(`native: ${message}`);
}

try {
  await main();
} catch (error) {
  const known = [NativeBuildError, PythonIndexError, WheelError].some((type) => error instanceof type);
  console.error(known ? `native: ${error.message}` : error);
  process.exitCode = 1;
}
