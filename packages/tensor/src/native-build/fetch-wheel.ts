import { chooseWheel, download, listProject, type IndexFile } from './python-index.js';

/** Where wheels come from and go to. */
export interface WheelSource {
  readonly folder: string;
  readonly index: string;
  /** As wheels name it: `x86_64` or `aarch64`. */
  readonly architecture: string;
  readonly say: (message: string) => void;
}

/** Downloads a project's wheel and returns its path; `files` are what the index lists, if that is known. */
export async function fetchWheel(
  source: WheelSource,
  project: string,
  version: string,
  files?: readonly IndexFile[],
): Promise<string> {
  const listed = files ?? (await listProject(source.index, project));
  const file = chooseWheel(listed, project, version, source.architecture);
  const megabytes = file.size === undefined ? '' : ` (${Math.round(file.size / 1e6)} MB)`;
  source.say(`downloading ${file.filename}${megabytes}`);
  return download(file, source.folder);
}
