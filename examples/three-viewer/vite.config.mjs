import { defineConfig, defaultClientConditions } from 'vite';

// Packages of this repository come from their sources; outside it, this file is not needed.
export default defineConfig({
  base: './',
  resolve: { conditions: ['@pose-rft/source', ...defaultClientConditions] },
  build: { outDir: 'dist', chunkSizeWarningLimit: 1000 },
});
