// Mutation testing of a part of a package: `npm run mutation -- hygrpo objective`, or of some of the part's files:
// `npm run mutation -- hygrpo objective advantage.ts 'kl-*.ts'` (globs from `src`).
//
// `--sample 0.2` tries a fifth of the mutants, always the same ones. Results are kept from run to run, and only what a
// change of the sources or the tests may have altered is tried again; `--fresh` forgets them.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { root } from '../release/workspace.mjs';
import { NEVER_MUTATED, TARGETS } from './targets.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string' }, fresh: { type: 'boolean', default: false } },
});
const [name = '', partName = '', ...globs] = positionals;
const part = TARGETS[name]?.[partName];
if (!part) {
  const known = Object.entries(TARGETS).map(([key, parts]) => `  ${key} ${Object.keys(parts).join('|')}`);
  process.stderr.write(`Name a package and its part:\n${known.join('\n')}\n`);
  process.exit(2);
}

/** A larger sample must try what a smaller one left out. */
function forgetUntried(file) {
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  for (const entry of Object.values(kept.files))
    entry.mutants = entry.mutants.filter(({ status }) => status !== 'CompileError');
  writeFileSync(file, JSON.stringify(kept));
}

process.chdir(root);
process.env.MUTATION_PACKAGE = name;
process.env.MUTATION_PART = partName;
process.env.MUTATION_SAMPLE = values.sample ?? '1';
const source = `packages/${name}/src`;
const report = `tools/mutation/reports/${name}-${partName}`;
const incrementalFile = resolve(root, `${report}.incremental.json`);
if (values.fresh) rmSync(incrementalFile, { force: true });

const mutants = await new Stryker({
  mutate: [
    ...(globs.length > 0 ? globs : part.sources).map((glob) => `${source}/${glob}`),
    ...NEVER_MUTATED.map((glob) => `!${source}/${glob}`),
  ],
  testRunner: 'resident',
  plugins: ['resident-runner', 'ignore-error-messages', 'sample-checker'].map((plugin) =>
    resolve(import.meta.dirname, `${plugin}.mjs`),
  ),
  ignorers: ['error-messages'],
  checkers: values.sample === undefined ? [] : ['sample'],
  coverageAnalysis: 'perTest',
  // What only loading a module runs: constants, tables, re-exports. Each would need a process of its own.
  ignoreStatic: true,
  concurrency: 1,
  // A slow machine must not turn into killed mutants.
  timeoutMS: 8_000,
  timeoutFactor: 4,
  disableTypeChecks: false,
  incremental: true,
  incrementalFile,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `${report}.json` },
  allowConsoleColors: false,
  warnings: false,
  tempDirName: `.stryker-tmp/${name}-${partName}`,
  ignorePatterns: [
    '**',
    '!package.json',
    '!tsconfig.base.json',
    `!packages/${name}/{src,golden}/**`,
    `!packages/${name}/*`,
    '!tools/build/*',
    '!tools/mutation/*',
  ],
}).runMutationTest();
forgetUntried(incrementalFile);
const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
const detected = count('Killed', 'Timeout');
const missed = count('Survived', 'NoCoverage');
process.stdout.write(`${detected} of ${detected + missed} mutants detected\n`);
