#!/usr/bin/env node
import { buildNative, NativeBuildError } from './build-native.js';
import { parseArgs } from 'node:util';
import { PythonIndexError } from './python-index.js';
import { RequirementError } from './requirements.js';
import { WheelError } from './wheel-archive.js';

const USAGE = `Builds @tensorflow/tfjs-node against the TensorFlow of a Python wheel: no Python, Linux on x64 or arm64.

  build-native-tensorflow [options]

  --cuda              @tensorflow/tfjs-node-gpu with CUDA 12 and its libraries (5 GB) instead of the CPU's
  --into DIR          the project to build it for (default: this folder)
  --index URL         the Python package index (default: PIP_INDEX_URL, else https://pypi.org/simple)
  --tensorflow X.Y.Z  the release (default: the one that this was tried with)
  --help

What it makes lies in DIR/.native (leave it out of version control) and is reused after the next \`npm ci\`.
`;

const KNOWN_ERRORS = [NativeBuildError, PythonIndexError, RequirementError, WheelError];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cuda: { type: 'boolean', default: false },
      into: { type: 'string', default: '.' },
      index: { type: 'string', default: process.env['PIP_INDEX_URL'] ?? 'https://pypi.org/simple' },
      tensorflow: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  await buildNative({
    project: values.into,
    cuda: values.cuda,
    index: values.index,
    tensorFlowVersion: values.tensorflow,
    say: (message) => process.stdout.write(`native: ${message}\n`),
  });
}

try {
  await main();
} catch (error) {
  const known = error instanceof Error && KNOWN_ERRORS.some((type) => error instanceof type);
  const isUsage =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (known || isUsage) process.stderr.write(`native: ${error.message}\n`);
  else throw error;
  process.exitCode = isUsage ? 2 : 1;
}
