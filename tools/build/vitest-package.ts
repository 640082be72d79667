import { defineConfig } from 'vitest/config';

const conditions = ['@pose-rft/source'];

/** The test set-up that every package shares: packages resolve to their sources, not to their builds. */
export function packageTests(name: string): ReturnType<typeof defineConfig> {
  return defineConfig({
    resolve: { conditions: [...conditions, 'node', 'import', 'module', 'default'] },
    ssr: { resolve: { conditions: [...conditions, 'node', 'import', 'module', 'default'] } },
    test: { name, include: ['src/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 30_000 },
  });
}
