import type { ViteUserConfig } from 'vitest/config';

const conditions = ['@pose-rft/source'];

/** Set to a backend's name, every test runs on that one (see `tools/testing/chosen-backend.ts`). */
const setupFiles =
  process.env['POSE_RFT_TEST_BACKEND'] === undefined
    ? []
    : [new URL('../testing/chosen-backend.ts', import.meta.url).pathname];

/** The test set-up that every package shares: packages resolve to their sources, not to their builds. */
export function packageTests(name: string): ViteUserConfig {
  return {
    resolve: { conditions: [...conditions, 'node', 'module', 'default'] },
    ssr: { resolve: { conditions: [...conditions, 'node', 'module', 'default'] } },
    test: { name, include: ['src/**/*.test.ts'], setupFiles, testTimeout: 30_000, hookTimeout: 30_000 },
  };
}
