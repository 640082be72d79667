/** True in Node (and what emulates it), false in browsers. */
export function runsInNode(): boolean {
  return typeof process === 'object' && typeof process.versions?.node === 'string';
}

/**
 * A built-in module of Node, got without an import that browser bundlers would have to resolve.
 *
 * @throws NotInNodeError outside Node, or in a Node older than 20.16
 */
export function nodeBuiltin<Name extends NodeBuiltin>(
  name: Name,
): ReturnType<typeof process.getBuiltinModule<Name>> {
  if (!runsInNode() || typeof process.getBuiltinModule !== 'function') throw new NotInNodeError(name);
  return process.getBuiltinModule(name);
}

/** The built-in modules that this package uses. */
type NodeBuiltin = 'node:crypto' | 'node:fs' | 'node:module' | 'node:os' | 'node:path';

/** Thrown when a function that needs Node's modules is called elsewhere. */
export class NotInNodeError extends Error {
  override readonly name = 'NotInNodeError';

  constructor(readonly module: string) {
    super(`this needs Node's ${module}, which is not there; in a browser, pass bytes instead of paths`);
  }
}
