import { DataFileError } from '@pose-rft/smpl';

/** A JSON file's content with its name, for errors. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** The JSON value of a file. @throws DataFileError if it is not JSON */
export function parseJson({ name, text }: TextFile): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new DataFileError(
      name,
      'the file',
      'complete JSON',
      error instanceof Error ? error.message : String(error),
    );
  }
}

/** The entries of a JSON object whose keys are ids. @throws DataFileError for anything else */
export function entriesById(file: TextFile): readonly (readonly [id: number, value: unknown])[] {
  const value = parseJson(file);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DataFileError(file.name, 'the file', 'a JSON object keyed by id', shown(value));
  return Object.entries(value).map(([key, entry]) => {
    const id = Number(key);
    if (!/^\d+$/.test(key) || !Number.isSafeInteger(id))
      throw new DataFileError(file.name, 'a key', 'an id, an integer >= 0', shown(key));
    return [id, entry];
  });
}

/** A JSON list of ids. @throws DataFileError for anything else */
export function listOfIds(file: TextFile): readonly number[] {
  const value = parseJson(file);
  if (!Array.isArray(value))
    throw new DataFileError(file.name, 'the file', 'a JSON list of ids', shown(value));
  return value.map((id: unknown, index) => asId(id, file.name, `entry ${index}`));
}

/** An integer >= 0; the files have ids as numbers or as texts. @throws DataFileError for anything else */
export function asId(value: unknown, file: string, field: string): number {
  const id = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
  throw new DataFileError(file, field, 'an id, an integer >= 0', shown(value));
}

/** A value as an error shows it. */
export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
