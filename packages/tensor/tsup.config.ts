import type { Options } from 'tsup';
import { packageBuild } from '../../tools/build/tsup-package.ts';

// `@tensorflow/tfjs-core` loads a CommonJS bundle without gradients in plain Node, and its gradient modules cannot
// be imported there (extensionless imports). So the `node` build carries them; bundlers get an ordinary import.
const shared: Partial<Options> = { splitting: false, clean: false };

export default [
  packageBuild({
    ...shared,
    entry: { index: 'src/index.ts', testing: 'src/testing.ts', webgpu: 'src/webgpu.ts' },
    platform: 'neutral',
  }),
  packageBuild({
    ...shared,
    entry: { node: 'src/index.ts' },
    dts: false,
    platform: 'node',
    noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
  }),
  packageBuild({
    ...shared,
    entry: { 'build-native-tensorflow': 'src/native-build/main.ts' },
    dts: false,
    platform: 'node',
  }),
];
