// Can someone take one package and use it? Packs every package, installs each alone (with what its README's install
// line names) in an empty project outside the repository, and uses it from there: as a Node ES module, by require(),
// from TypeScript under both module resolutions, in a Vite browser build, and by running its README's programs.
// Needs a build (`npm run build`); third-party dependencies come from the registry, or from npm's cache.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';
import { build } from 'vite';
import { fencesOfReadme } from './code-fences.mjs';
import { createTally, listPackages, mapConcurrently, root, run } from './workspace.mjs';

/** Made for a terminal: it reads and writes files, so no browser build is promised. */
const NODE_ONLY = ['pose-rft'];

const tally = createTally();
const packages = listPackages();
const workshop = realpathSync(mkdtempSync(resolve(tmpdir(), 'pose-rft-consumers-')));
try {
  const tarballs = await packAll();
  const consumers = await mapConcurrently(packages, (item) => createConsumer(item, tarballs));
  const installed = consumers.filter((consumer) => consumer !== undefined);
  await mapConcurrently(installed, async (consumer) => {
    await checkNode(consumer);
    if (!NODE_ONLY.includes(consumer.name)) await checkBrowserBuild(consumer);
    // From here on the optional peers are there, as the README's programs may say.
    await checkFurtherEntries(consumer);
    await checkReadmePrograms(consumer);
  });
  for (const moduleResolution of ['nodenext', 'bundler']) checkTypes(installed, moduleResolution);
} finally {
  rmSync(workshop, { recursive: true, force: true });
}
tally.finish('consumer checks');

/** Packs all packages. @returns {Promise<Map<string, string>>} the tarballs' paths by package name */
async function packAll() {
  const { ok, output } = await run('npm', [
    'pack',
    '--json',
    '--pack-destination',
    workshop,
    ...packages.flatMap(({ name }) => ['--workspace', name]),
  ]);
  tally.add('npm pack', ok, output);
  const archives = readdirSync(workshop).filter((file) => file.endsWith('.tgz'));
  return new Map(
    packages.flatMap(({ name, manifest }) => {
      const file = `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
      return archives.includes(file) ? [[name, resolve(workshop, file)]] : [];
    }),
  );
}

/** `name@version`, or a name alone, as npm's command line takes it. @param {string} specifier */
function nameAndVersion(specifier) {
  const at = specifier.indexOf('@', 1); // a scope's own @ comes first
  return at < 0 ? [specifier, '*'] : [specifier.slice(0, at), specifier.slice(at + 1)];
}

/**
 * An empty project with one package installed.
 *
 * @param {import('./workspace.mjs').Package} item
 * @param {Map<string, string>} tarballs
 */
async function createConsumer({ name, folder, directory, manifest }, tarballs) {
  const project = resolve(workshop, folder);
  mkdirSync(project);
  const wanted = namesOfInstallLine(directory);
  tally.add(
    `${name}: README's install line`,
    wanted.includes(name),
    `"npm install ${name}" is not in the README`,
  );
  const locate = (dependency) => [dependency, `file:${tarballs.get(dependency)}`];
  const ours = [...new Set([name, ...wanted.filter((dependency) => tarballs.has(dependency))])];
  const theirs = wanted.filter((dependency) => !tarballs.has(dependency));
  writeJson(resolve(project, 'package.json'), {
    private: true,
    type: 'module',
    dependencies: {
      ...Object.fromEntries(ours.map(locate)),
      ...Object.fromEntries(theirs.map(nameAndVersion)),
    },
    // Siblings are not in the registry at this version: wherever one is asked for, it is the tarball just packed.
    overrides: Object.fromEntries([...tarballs.keys()].filter((other) => !ours.includes(other)).map(locate)),
  });
  const install = [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--loglevel=error',
  ];
  const { ok, output } = await run('npm', install, { cwd: project });
  tally.add(`${name}: npm install`, ok, output);
  if (!ok) return undefined;

  // A pattern names files that a bundler takes as they are, not modules.
  const entries = Object.keys(manifest.exports).filter(
    (entry) => entry !== './package.json' && !entry.includes('*'),
  );
  const imports = entries.map((entry) => importOf(name + entry.slice(1)));
  writeFileSync(resolve(project, 'main.js'), imports[0]);
  imports.forEach((program, index) => writeFileSync(resolve(project, `entry-${index}.ts`), program));
  const programs = fencesOfReadme(directory).map(({ origin, code }, index) => {
    const base = resolve(project, `readme-${index}`);
    writeFileSync(`${base}.ts`, code);
    const compiled = ts.transpileModule(code, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    });
    writeFileSync(`${base}.mjs`, compiled.outputText);
    return { origin, typescript: `${base}.ts`, javascript: `${base}.mjs` };
  });
  const optionalPeers = Object.keys(manifest.peerDependenciesMeta ?? {});
  return {
    name,
    project,
    furtherEntries: entries.slice(1),
    entryCount: entries.length,
    optionalPeers,
    programs,
  };
}

/** A program that imports a whole module, and fails if that exports nothing. @param {string} specifier */
function importOf(specifier) {
  return `import * as everything from '${specifier}';\n${failIfEmpty('everything')}`;
}

/** @param {string} namespace an expression */
function failIfEmpty(namespace) {
  return `if (Object.keys(${namespace}).length === 0) throw new Error('it exports nothing');\n`;
}

/** What the first `npm install ...` of the README installs. @param {string} directory @returns {string[]} */
function namesOfInstallLine(directory) {
  const path = resolve(directory, 'README.md');
  const readme = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const line = /^\s*npm (?:install|i|add) (.+)$/m.exec(readme)?.[1] ?? '';
  return line.split(/\s+/).filter((word) => /^@?[a-z]/.test(word));
}

/** One TypeScript program over all projects: each file resolves packages from its own folder. */
function checkTypes(consumers, moduleResolution) {
  const nodenext = moduleResolution === 'nodenext';
  const roots = consumers.flatMap(({ project, entryCount, programs }) => [
    ...Array.from({ length: entryCount }, (_, index) => resolve(project, `entry-${index}.ts`)),
    ...programs.map(({ typescript }) => typescript),
  ]);
  const program = ts.createProgram({
    rootNames: roots,
    options: {
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      module: nodenext ? ts.ModuleKind.NodeNext : ts.ModuleKind.ESNext,
      moduleResolution: nodenext ? ts.ModuleResolutionKind.NodeNext : ts.ModuleResolutionKind.Bundler,
      moduleDetection: ts.ModuleDetectionKind.Force,
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: [],
      // TensorFlow.js's own declarations do not pass.
      skipLibCheck: true,
    },
  });
  for (const { name, project } of consumers) {
    const errors = roots
      .filter((path) => path.startsWith(`${project}/`))
      .map((path) => program.getSourceFile(path))
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
      .map(
        ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      );
    tally.add(`${name}: types under ${moduleResolution}`, errors.length === 0, errors.join('\n'));
  }
}

async function checkNode({ name, project }) {
  const ways = {
    'Node ES module': ['main.js'],
    'require()': ['--input-type=commonjs', '--eval', failIfEmpty(`require('${name}')`)],
  };
  for (const [way, args] of Object.entries(ways)) {
    const { ok, output } = await run(process.execPath, args, { cwd: project });
    tally.add(`${name}: ${way}`, ok, output);
  }
}

/** Entries such as ./laws may ask for an optional peer: it is there for them, and was not for the main entry. */
async function checkFurtherEntries({ name, project, furtherEntries, optionalPeers }) {
  for (const peer of optionalPeers) {
    const source = resolve(root, 'node_modules', peer);
    const target = resolve(project, 'node_modules', peer);
    if (!existsSync(source) || existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(source, target);
  }
  for (const entry of furtherEntries) {
    const specifier = name + entry.slice(1);
    const args = ['--input-type=module', '--eval', importOf(specifier)];
    const { ok, output } = await run(process.execPath, args, { cwd: project });
    tally.add(`${specifier}: Node ES module`, ok, output);
  }
}

async function checkReadmePrograms({ name, project, programs }) {
  if (programs.length === 0) return;
  const resultsPath = resolve(project, 'results.json');
  const { output } = await run(
    process.execPath,
    [
      resolve(root, 'tools/release/run-fences.mjs'),
      resultsPath,
      ...programs.map(({ javascript }) => javascript),
    ],
    { cwd: project },
  );
  const results = existsSync(resultsPath) ? JSON.parse(readFileSync(resultsPath, 'utf8')) : [];
  programs.forEach(({ origin }, index) =>
    tally.add(`${name}: ${origin}`, results[index]?.ok === true, results[index]?.output ?? output),
  );
}

async function checkBrowserBuild({ name, project }) {
  const entry = resolve(project, 'main.js');
  const problem = await build({
    root: project,
    configFile: false,
    logLevel: 'silent',
    build: { outDir: 'browser', minify: false, reportCompressedSize: false, rollupOptions: { input: entry } },
  }).then(
    () => undefined,
    (error) => String(error?.stack ?? error),
  );
  tally.add(`${name}: Vite browser build`, problem === undefined, problem);
}

/** @param {string} path @param {unknown} value */
function writeJson(path, value) {
  writeFileSync(path, JSON.stringify(value, null, 2));
}
