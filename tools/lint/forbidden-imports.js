import { DEPENDENCY_MAP, TENSOR_OWNER, packageName } from './dependency-map.js';

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
 * @returns {{ regex: string; message: string }[]}
 */
export function forbiddenImports(folder, purpose) {
  const allowed = DEPENDENCY_MAP[folder];
  if (allowed === undefined)
    throw new Error(
      `packages/${folder} has no row in tools/lint/dependency-map.js: add one (see CONTRIBUTING.md, "A new package")`,
    );
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
