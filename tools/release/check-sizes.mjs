// How large are the packages that must stay small, minified and gzipped, without TensorFlow.js? Bundles the sources of
// each as a user's bundler does, and fails above the limit.
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { createTally, listPackages } from './workspace.mjs';

/** Bytes by package, of its own code: kB are 1000 bytes. */
const LIMITS = { '@pose-rft/hybrid-actions': 15_000, '@pose-rft/hygrpo': 15_000 };

/** Not a package's own: TensorFlow.js, what is measured by itself, and ts-pattern, which all packages share. */
const OUTSIDE = ['@pose-rft/tensor', '@tensorflow/*', 'node:*', ...Object.keys(LIMITS)];
const SHARED = ['ts-pattern'];

/** @param {string} entry @param {readonly string[]} external @returns {Promise<number>} bytes */
async function gzippedBytes(entry, external) {
  const shared = { format: 'esm', target: 'node20', write: false, logLevel: 'silent' };
  const bundled = await build({
    ...shared,
    entryPoints: [entry],
    bundle: true,
    conditions: ['@pose-rft/source'],
    external: [...external],
  });
  // esbuild leaves one import of TensorFlow.js a module; Rollup merges them, as most bundlers do.
  const [{ text }] = bundled.outputFiles;
  const merged = await rollup({
    input: 'bundle',
    external: (id) => id !== 'bundle',
    plugins: [{ name: 'bundle', resolveId: (id) => (id === 'bundle' ? id : null), load: () => text }],
  });
  const { output } = await merged.generate({ format: 'es' });
  const minified = await build({
    ...shared,
    stdin: { contents: output[0].code, loader: 'js' },
    minify: true,
  });
  return gzipSync(minified.outputFiles[0].contents, { level: 9 }).length;
}

/** @param {number} bytes */
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

const tally = createTally();
for (const { name, directory } of listPackages()) {
  const limit = LIMITS[name];
  if (limit === undefined) continue;
  const entry = resolve(directory, 'src/index.ts');
  const outside = OUTSIDE.filter((other) => other !== name);
  const own = await gzippedBytes(entry, [...outside, ...SHARED]);
  const all = await gzippedBytes(entry, outside);
  process.stdout.write(
    `${name}: ${kilobytes(own)} of ${kilobytes(limit)} gzipped (${kilobytes(all)} with ${SHARED.join(', ')})\n`,
  );
  tally.add(name, own <= limit, `${kilobytes(own)} gzipped; the limit is ${kilobytes(limit)}`);
}
tally.finish('sizes');
