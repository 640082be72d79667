import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineConfig, defaultClientConditions } from 'vite';

/** The backend's binaries, which the page fetches from `wasm/`: served by `vite`, copied by `vite build`. */
function wasmFiles() {
  const fromTensor = createRequire(createRequire(import.meta.url).resolve('@pose-rft/tensor/package.json'));
  const folder = dirname(fromTensor.resolve('@tensorflow/tfjs-backend-wasm'));
  const names = ['', '-simd', '-threaded-simd'].map((variant) => `tfjs-backend-wasm${variant}.wasm`);
  return {
    name: 'wasm-files',
    generateBundle() {
      for (const name of names)
        this.emitFile({ type: 'asset', fileName: `wasm/${name}`, source: readFileSync(join(folder, name)) });
    },
    configureServer(server) {
      server.middlewares.use('/wasm', (request, response, next) => {
        const name = names.find((each) => request.url === `/${each}`);
        if (name === undefined) return next();
        response.setHeader('Content-Type', 'application/wasm');
        response.end(readFileSync(join(folder, name)));
      });
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [wasmFiles()],
  // Packages of this repository come from their sources; outside it, this line is not needed.
  resolve: { conditions: ['@pose-rft/source', ...defaultClientConditions] },
  build: {
    outDir: 'dist',
    chunkSizeWarningLimit: 1000,
    // What only Node can do (files, decoding pictures) is imported when it is called for: never, in this page.
    rolldownOptions: { external: [/^node:/, 'sharp'] },
  },
});
