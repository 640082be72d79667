// How large are the packages that must stay small, minified and gzipped, without TensorFlow.js? Bundles the sources of
// each as a user's bundler does, and fails above the limit.
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { createTally, listPackages, root } from './workspace.mjs';

/** hygrpo without its trainer: what a training loop of one's own is made of. */
const LOSS_PARTS = ['aggregateAdvantages', 'groupAdvantages', 'structuredAdvantages', 'hyGrpoObjective'];

/** Bytes of a package's own code, of all it exports or of some names: kB are 1000 bytes. */
const LIMITS = [
  { name: '@pose-rft/hybrid-actions', limit: 15_000 },
  { name: '@pose-rft/hygrpo', names: LOSS_PARTS, limit: 15_000 },
  { name: '@pose-rft/hygrpo', limit: 25_000 },
];

/** Not a package's own: TensorFlow.js, what is measured by itself, and ts-pattern, which all packages share. */
const OUTSIDE = ['@pose-rft/tensor', '@tensorflow/*', 'node:*', ...LIMITS.map(({ name }) => name)];
const SHARED = ['ts-pattern'];

/**
 * @param {string} entry
 * @param {readonly string[] | undefined} names
 * @param {readonly string[]} external
 * @returns {Promise<number>} bytes
 */
async function gzippedBytes(entry, names, external) {
  const shared = { format: 'esm', target: 'node20', write: false, logLevel: 'silent' };
  const bundled = await build({
    ...shared,
    stdin: {
      contents: `export ${names === undefined ? '*' : `{ ${names.join(', ')} }`} from ${JSON.stringify(entry)};`,
      resolveDir: root,
    },
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
const packages = listPackages();
for (const { name, names, limit } of LIMITS) {
  const { directory } = packages.find((candidate) => candidate.name === name);
  const entry = resolve(directory, 'src/index.ts');
  const outside = OUTSIDE.filter((other) => other !== name);
  const own = await gzippedBytes(entry, names, [...outside, ...SHARED]);
  const all = await gzippedBytes(entry, names, outside);
  const part = names === undefined ? name : `${name} { ${names.join(', ')} }`;
  process.stdout.write(
    `${part}: ${kilobytes(own)} of ${kilobytes(limit)} gzipped (${kilobytes(all)} with ${SHARED.join(', ')})\n`,
  );
  tally.add(part, own <= limit, `${kilobytes(own)} gzipped; the limit is ${kilobytes(limit)}`);
}
tally.finish('sizes');
