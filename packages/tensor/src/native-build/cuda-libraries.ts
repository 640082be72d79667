import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fetchWheel, type WheelSource } from './fetch-wheel.js';
import { NativeBuildError } from './native-build-error.js';
import { listProject } from './python-index.js';
import { highestVersion, requirementsOfExtra } from './requirements.js';
import { listWheel, unpackEntry } from './wheel-archive.js';

const CUDA_LIBRARIES = /^nvidia\/.+\/lib\/[^/]+\.so[.\d]*$/;

/**
 * Unpacks the CUDA libraries that TensorFlow's wheel asks for (its extra `and-cuda`) to `folder/nvidia`. TensorFlow
 * looks for them in ../nvidia/<library>/lib beside its own folder.
 *
 * @param metadata - the wheel's METADATA
 * @throws NativeBuildError if the wheel names none, or the index lacks one
 */
export async function unpackCudaLibraries(
  source: WheelSource,
  metadata: string,
  folder: string,
): Promise<void> {
  const requirements = requirementsOfExtra(metadata, 'and-cuda');
  if (requirements.length === 0)
    throw new NativeBuildError('this wheel of TensorFlow names no CUDA libraries (on arm64 there are none)');
  for (const { project, bounds } of requirements) {
    const files = await listProject(source.index, project);
    const prefix = `${project.replaceAll('-', '_')}-`;
    const versions = files
      .filter(
        ({ filename }) => filename.startsWith(prefix) && filename.endsWith(`_${source.architecture}.whl`),
      )
      .map(({ filename }) => filename.slice(prefix.length).split('-', 1)[0] ?? '');
    const version = highestVersion(versions, bounds);
    if (version === undefined)
      throw new NativeBuildError(`the index has no wheel of ${project} that TensorFlow accepts`);
    const wheel = await fetchWheel(source, project, version, files);
    for (const entry of await listWheel(wheel))
      if (CUDA_LIBRARIES.test(entry.name)) await unpackEntry(wheel, entry, path.join(folder, entry.name));
    await rm(wheel);
  }
}
