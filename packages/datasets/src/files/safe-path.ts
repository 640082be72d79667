/**
 * An image name from an annotation file as a path within the data set's folder, with `/`; undefined if it would lead out
 * of it (absolute, with a drive or a scheme, with `..`), or names nothing. Annotation files come from strangers.
 *
 * @example
 * ```ts
 * import { safeRelativePath } from '@pose-rft/datasets';
 *
 * console.assert(safeRelativePath('./train2017//000000000036.jpg') === 'train2017/000000000036.jpg');
 * console.assert(safeRelativePath('../../etc/passwd') === undefined);
 * ```
 */
export function safeRelativePath(name: string): string | undefined {
  if (name.length > 4096 || hasControlCharacter(name)) return undefined;
  if (/^[\\/]/.test(name) || name.includes(':')) return undefined;
  const parts = name.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..')) return undefined;
  return parts.join('/');
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true;
  return false;
}
