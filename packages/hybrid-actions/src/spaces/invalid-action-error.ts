import { contains } from './contains.js';
import type { Space } from './space.js';

/** Thrown for a value that is not an action of the space; `path` names the part. */
export class InvalidActionError extends Error {
  override readonly name = 'InvalidActionError';
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(path === '' ? reason : `${path}: ${reason}`);
  }
}

/** @throws InvalidActionError when `action` is not in `space` */
export function requireContained(space: Space, action: unknown): void {
  const found = contains(space, action);
  if (!found.contained) throw new InvalidActionError(found.path, found.reason);
}
