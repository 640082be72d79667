import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*', 'tools', 'examples/*/vitest.config.ts'],
    reporters: ['default', './tools/testing/summary-reporter.ts'],
  },
});
