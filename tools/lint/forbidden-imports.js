import { DEPENDENCY_MAP, FURTHER_ENTRIES, TENSOR_OWNER, packageName } from './dependency-map.js';

const RELATIVE_ESCAPE = String.raw`^(\.\./)+.*/(src|dist)/|^(\.\./)+packages/`;
const TENSORFLOW = '^@tensorflow/';

/**
 * What a file of `packages/{folder}` must not import: regular expressions over module specifiers, each with the
 * sentence that tells its author why and what to do.
 *
 * Tests may import their own package by its name, as a user does; `tensor`'s must, because only its build carries the
 * gradients.
 *
 * @param {string} folder
 * @param {'shipped' | 'test'} purpose
 * @param {string} [entry] a key of the package's row in FURTHER_ENTRIES: what its files may import
 * @returns {{ regex: string; message: string }[]}
 */
export function forbiddenImports(folder, purpose, entry) {
  const row = DEPENDENCY_MAP[folder];
  if (row === undefined)
    throw new Error(
      `packages/${folder} has no row in tools/lint/dependency-map.js: add one (see CONTRIBUTING.md, "A new package")`,
    );
  const allowed = [...row, ...(FURTHER_ENTRIES[folder]?.[entry ?? ''] ?? [])];
  const importable = purpose === 'test' ? [...allowed, folder] : allowed;
  const scoped = importable.filter((name) => name !== 'pose-rft').join('|');
  const allowedNames = allowed.length === 0 ? 'nothing' : allowed.map(packageName).join(', ');
  const patterns = [
    {
      regex: `^@pose-rft/${scoped === '' ? '' : `(?!(${scoped})(/|$))`}${importable.includes('pose-rft') ? '' : '|^pose-rft(/|$)'}`,
      message: `${packageName(folder)} may import of this repository: ${allowedNames} (tools/lint/dependency-map.js).`,
    },
    { regex: RELATIVE_ESCAPE, message: 'Import another package by its name, never by a path into it.' },
  ];
  for (const other of Object.keys(FURTHER_ENTRIES[folder] ?? {})) {
    if (other === entry) continue;
    patterns.push({
      regex: String.raw`^\.\.?/(.*/)?${other}(\.js$|/)`,
      message: `What ${packageName(folder)}/${other} needs is an optional peer: only that entry may import it.`,
    });
  }
  if (folder !== TENSOR_OWNER) patterns.push(tensorflowOutside());
  return patterns;
}

/** Tensors come from one engine, so one package imports it. */
export function tensorflowOutside() {
  return {
    regex: TENSORFLOW,
    message: `Only ${packageName(TENSOR_OWNER)} imports @tensorflow/*: take tensors and ops from it.`,
  };
}

/**
 * The same rules for `import('...')`, which `no-restricted-imports` does not see.
 *
 * @param {readonly { regex: string; message: string }[]} patterns
 */
export function forbiddenDynamicImports(patterns) {
  return patterns.map(({ regex, message }) => ({
    selector: `ImportExpression > Literal[value=/${regex.replaceAll('/', String.raw`\/`)}/]`,
    message,
  }));
}
