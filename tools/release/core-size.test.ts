import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';
import { expect, it } from 'vitest';

const CORE = `
export {
  axisAngleToMatrix, composeRotations, createJointRegression, createKinematics, createSkinning,
  geodesicDistanceRadians, matrixToAxisAngle, matrixToQuaternion, matrixToRotation6d, prepareIdentity,
  quaternionToMatrix, rotation6dToMatrix,
} from '@pose-rft/smpl';
`;
const ENTRY = 'virtual:kinematics-core';
const LARGEST_GZIPPED_BYTES = 30_000;

it('a browser that poses bodies loads less than 30 kB', async () => {
  const result = (await build({
    root: join(import.meta.dirname, '..', '..'),
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@pose-rft/source', 'module', 'browser', 'default'] },
    plugins: [
      {
        name: 'kinematics-core',
        resolveId: (id) => (id === ENTRY ? ENTRY : undefined),
        load: (id) => (id === ENTRY ? CORE : undefined),
      },
    ],
    build: {
      write: false,
      minify: true,
      rollupOptions: { input: ENTRY, preserveEntrySignatures: 'strict' },
    },
  })) as Rollup.RollupOutput;
  const code = result.output.map((file) => ('code' in file ? file.code : '')).join('');
  expect(code).toContain('WebAssembly');
  const bytes = gzipSync(code, { level: 9 }).length;
  expect(bytes).toBeGreaterThan(3000);
  expect(bytes).toBeLessThan(LARGEST_GZIPPED_BYTES);
});
