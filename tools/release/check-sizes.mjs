// How large are the packages that must stay small, minified and gzipped, without TensorFlow.js? Bundles the sources of
// each with everything it imports but @pose-rft/tensor, as a bundler of a user does, and fails above the limit.
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { createTally, listPackages } from './workspace.mjs';

/** Bytes by package: kB are 1000 bytes, as size-limit counts them. */
const LIMITS = { '@pose-rft/hybrid-actions': 15_000, '@pose-rft/hygrpo': 15_000 };

const tally = createTally();
for (const { name, directory } of listPackages()) {
  const limit = LIMITS[name];
  if (limit === undefined) continue;
  // Each counts its own weight: TensorFlow.js, Node and the other packages of this list are outside.
  const others = Object.keys(LIMITS).filter((other) => other !== name);
  const outside = [/^@pose-rft\/tensor/, /^@tensorflow\//, /^node:/, ...others];
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@pose-rft/source', 'import', 'module', 'default'] },
    build: {
      write: false,
      minify: true,
      target: 'node20',
      lib: { entry: resolve(directory, 'src/index.ts'), formats: ['es'] },
      rollupOptions: { external: outside },
    },
  });
  const bytes = gzipSync(output[0].code, { level: 9 }).length;
  const kilobytes = (count) => `${(count / 1000).toFixed(1)} kB`;
  process.stdout.write(`${name}: ${kilobytes(bytes)} of ${kilobytes(limit)}\n`);
  tally.add(name, bytes <= limit, `${kilobytes(bytes)} gzipped; the limit is ${kilobytes(limit)}`);
}
tally.finish('sizes');
