import { nodeBuiltin } from '../backend/node-builtins.js';

/** Takes the chunks of a file, one after the other. */
export type WriteChunk = (chunk: Uint8Array) => Promise<void>;

/**
 * Writes a file so that readers see the old one or the whole new one, never a part, even after a crash: into a
 * temporary file beside it, flushed to the disk, then renamed. If `produce` throws, nothing is left behind.
 *
 * @param produce - hands the contents to `write` in order
 */
export async function writeFileInChunks(
  path: string,
  produce: (write: WriteChunk) => Promise<void>,
): Promise<void> {
  const { promises } = nodeBuiltin('node:fs');
  const suffix = nodeBuiltin('node:crypto').randomUUID();
  const temporary = `${path}.${suffix}.tmp`;
  try {
    const file = await promises.open(temporary, 'wx');
    try {
      await produce(async (chunk) => {
        let written = 0;
        while (written < chunk.length) {
          const { bytesWritten } = await file.write(
            chunk,
            written,
            Math.min(chunk.length - written, 2 ** 30),
          );
          written += bytesWritten;
        }
      });
      await file.sync();
    } finally {
      await file.close();
    }
    await promises.rename(temporary, path);
  } catch (error) {
    await promises.rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(nodeBuiltin('node:path').dirname(path));
}

/**
 * Writes a text or bytes atomically (see {@link writeFileInChunks}).
 *
 * @example
 * ```ts
 * import { writeFileAtomically } from '@pose-rft/tensor';
 *
 * console.assert(typeof writeFileAtomically === 'function'); // await writeFileAtomically('run/config.json', '{}');
 * ```
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  await writeFileInChunks(path, (write) => write(bytes));
}

/** Makes the rename itself durable, where the platform lets folders be flushed. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await nodeBuiltin('node:fs').promises.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows refuses to open folders; the file itself is flushed.
  }
}
