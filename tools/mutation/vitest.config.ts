import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { packageTests } from '../build/vitest-package.ts';
import { TARGETS } from './targets.mjs';

const name = env.MUTATION_PACKAGE ?? '';
const part = TARGETS[name]?.[env.MUTATION_PART ?? ''];
if (part === undefined) throw new Error('MUTATION_PACKAGE and MUTATION_PART name no part of a package.');
const shared = packageTests(name);
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const fewCases = here('few-cases.ts');

/** The tests of one part as its package's own configuration has them, made to run thousands of times over. */
export default defineConfig({
  ...shared,
  plugins: [
    {
      name: 'few-cases',
      enforce: 'pre',
      resolveId: (id, importer) => (id === 'fast-check' && importer !== fewCases ? fewCases : undefined),
    },
  ],
  test: {
    ...shared.test,
    dir: here(`../../packages/${name}`),
    include: part.tests.map((glob) => `src/${glob.replace(/(\.test\.ts)?$/, '.test.ts')}`),
    runner: here('mutant-loop.ts'),
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    bail: 0,
    silent: true,
  },
});
