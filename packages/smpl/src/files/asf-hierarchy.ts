import type { AsfBoneEntry } from './asf.js';
import { MotionFileError } from './motion-file-error.js';
import { shown, type MotionFileLine } from './motion-file-lines.js';

/** A bone and the index of its parent in the ordered skeleton, where the root is 0. */
export interface OrderedBone {
  readonly entry: AsfBoneEntry;
  readonly parent: number;
}

/**
 * Reads the tree of an ASF file: lines of a parent and its children. Returns the bones with parents first.
 *
 * @throws MotionFileError for unknown bones, bones with two parents or none, cycles
 */
export function asfHierarchy(
  lines: readonly MotionFileLine[],
  entries: ReadonlyMap<string, AsfBoneEntry>,
  file: string,
  lastLine: number,
): OrderedBone[] {
  const childrenOf = new Map<string, string[]>();
  const placed = new Set<string>();
  let isOpen = false;
  let isClosed = false;
  for (const { number, words } of lines) {
    const [parent = '', ...children] = words;
    if (!isOpen || isClosed) {
      if (isOpen || parent !== 'begin')
        throw new MotionFileError(
          file,
          number,
          ':hierarchy',
          isOpen ? 'nothing more' : "'begin'",
          shown(parent),
        );
      isOpen = true;
      continue;
    }
    if (parent === 'end') {
      isClosed = true;
      continue;
    }
    for (const name of parent === 'root' ? children : words)
      if (!entries.has(name))
        throw new MotionFileError(file, number, ':hierarchy', 'a bone of :bonedata', shown(name));
    for (const child of children) {
      if (placed.has(child))
        throw new MotionFileError(file, number, ':hierarchy', `one parent of ${child}`, 'a second');
      placed.add(child);
    }
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), ...children]);
  }
  if (!isClosed)
    throw new MotionFileError(file, lastLine + 1, ':hierarchy', "'end'", 'the end of the section');

  const ordered: OrderedBone[] = [];
  const queue = [{ name: 'root', index: 0 }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift())
    for (const name of childrenOf.get(next.name) ?? []) {
      ordered.push({ entry: entries.get(name) as AsfBoneEntry, parent: next.index });
      queue.push({ name, index: ordered.length });
    }
  // Each bone has at most one parent, so whatever the root does not reach hangs on nothing or on a cycle.
  const reached = new Set(ordered.map(({ entry }) => entry.name));
  for (const { name, line } of entries.values())
    if (!reached.has(name))
      throw new MotionFileError(file, line, ':hierarchy', `${name} below the root`, 'no path to it');
  return ordered;
}
