// Does every program that we show work? Type-checks all ```ts fences of docstrings and READMEs in one TypeScript
// program, runs each against the sources, and runs every program of examples/ with --short.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { fencesOfPackage, fencesOfReadme } from './code-fences.mjs';
import { createTally, listPackages, mapConcurrently, root, run } from './workspace.mjs';

// Inside the repository, so that packages resolve as they do for its own files; out/ is not under version control.
const workshop = resolve(root, 'out', `check-examples-${process.pid}`);
const tally = createTally();
try {
  await checkFences();
} finally {
  rmSync(workshop, { recursive: true, force: true });
}
await checkExamplePrograms();
tally.finish('examples');

async function checkFences() {
  const tensor = await run(process.execPath, ['tools/build/prepare-tensor.mjs']);
  if (!tensor.ok) return tally.add('build of @pose-rft/tensor', false, tensor.output);

  const groups = [
    { name: 'README', fences: fencesOfReadme(root) },
    ...listPackages().map(({ folder, directory }) => ({ name: folder, fences: fencesOfPackage(directory) })),
  ].map(({ name, fences }) => {
    const directory = resolve(workshop, name);
    mkdirSync(directory, { recursive: true });
    const programs = fences.map(({ origin, code }, index) => {
      const path = resolve(directory, `${index}.ts`);
      writeFileSync(path, code);
      return { origin, path };
    });
    return { directory, programs };
  });

  const typeErrors = typeCheck(groups.flatMap(({ programs }) => programs.map(({ path }) => path)));
  await mapConcurrently(groups, async ({ directory, programs }) => {
    if (programs.length === 0) return;
    const results = await runPrograms(directory, programs);
    programs.forEach(({ origin, path }, index) => {
      const errors = typeErrors.get(path);
      const { ok, output } = results[index];
      tally.add(origin, errors === undefined && ok, errors?.join('\n') ?? output);
    });
  });
}

/** @param {string} directory @param {readonly { path: string }[]} programs */
async function runPrograms(directory, programs) {
  const resultsPath = resolve(directory, 'results.json');
  const { output } = await run(process.execPath, [
    '--conditions=@pose-rft/source',
    '--import',
    'tsx',
    resolve(root, 'tools/release/run-fences.mjs'),
    resultsPath,
    ...programs.map(({ path }) => path),
  ]);
  const results = existsSync(resultsPath) ? JSON.parse(readFileSync(resultsPath, 'utf8')) : [];
  // A program that ends or hangs the process takes the ones after it along: all of them have failed.
  return programs.map((_, index) => results[index] ?? { ok: false, output: `did not finish\n${output}` });
}

/**
 * Type errors by file, under the repository's own compiler options.
 *
 * @param {readonly string[]} paths
 * @returns {Map<string, string[]>}
 */
function typeCheck(paths) {
  const base = ts.readConfigFile(resolve(root, 'tsconfig.base.json'), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent({ ...base, files: [] }, ts.sys, root);
  const program = ts.createProgram({
    rootNames: paths,
    options: { ...options, moduleDetection: ts.ModuleDetectionKind.Force, noUnusedLocals: false },
  });
  const errors = new Map();
  for (const path of paths) {
    const file = program.getSourceFile(path);
    const diagnostics = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    if (diagnostics.length > 0) errors.set(path, diagnostics.map(formatDiagnostic));
  }
  return errors;
}

/** @param {ts.Diagnostic} diagnostic */
function formatDiagnostic({ file, start, messageText }) {
  const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
  return `line ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}

async function checkExamplePrograms() {
  const directory = resolve(root, 'examples');
  const names = existsSync(directory)
    ? readdirSync(directory).filter((name) => existsSync(resolve(directory, name, 'package.json')))
    : [];
  await mapConcurrently(names, async (name) => {
    const { ok, output } = await run('npm', ['run', '--silent', 'start', '--', '--short'], {
      cwd: resolve(directory, name),
    });
    tally.add(`examples/${name} --short`, ok, output);
  });
}
