import type { SyntheticScene } from '../scene/synthetic-scene.js';
import { ShardError } from './shard-error.js';
import { decodeTensorTable, encodeTensorTable, type Tensor } from './tensor-table.js';

const FORMAT = 'pose-rft-scenes-1';

/** Columns of numbers of a scene: how many a row, and where they are from. */
const FLOATS = {
  pose6d: 144,
  betas: 6,
  jointsMetres: 72,
  bodyJointsMetres: 72,
  keypointsPixels: 48,
} as const satisfies Partial<Record<keyof SyntheticScene, number>>;
type FloatColumn = keyof typeof FLOATS;

const VISIBILITY_COUNT = 24;

/** What a scene holds besides numbers, as JSON. */
type Words = Pick<
  SyntheticScene,
  | 'split'
  | 'index'
  | 'boxPixels'
  | 'camera'
  | 'appearance'
  | 'caption'
  | 'constraints'
  | 'questions'
  | 'sizePixels'
>;

/**
 * Scenes as one file: a safetensors file with a row a scene in each array (`pose6d`, `betas`, `jointsMetres`,
 * `bodyJointsMetres`, `keypointsPixels`, `visibility`, and `pictures` [N, size, size, 3]), and the words as JSON texts one
 * behind the other (`words`, `wordEnds`). The checksum of the data stands in the metadata.
 *
 * @param key - what made the scenes; readers compare it
 */
export async function encodeSceneShard(scenes: readonly SyntheticScene[], key: string): Promise<Uint8Array> {
  const count = scenes.length;
  const tensors: Record<string, Tensor> = {};
  for (const [name, size] of Object.entries(FLOATS) as [FloatColumn, number][]) {
    const data = new Float32Array(count * size);
    scenes.forEach((scene, row) => data.set(scene[name], row * size));
    tensors[name] = { shape: [count, size], data };
  }
  const visibility = new Uint8Array(count * VISIBILITY_COUNT);
  scenes.forEach((scene, row) => visibility.set(scene.visibility, row * VISIBILITY_COUNT));
  tensors['visibility'] = { shape: [count, VISIBILITY_COUNT], data: visibility };
  const [first] = scenes;
  if (first?.picture !== undefined) {
    const { sizePixels } = first;
    const pixels = 3 * sizePixels * sizePixels;
    const data = new Uint8Array(count * pixels);
    scenes.forEach((scene, row) => {
      if (scene.picture?.length !== pixels)
        throw new ShardError(
          'scenes',
          `scene ${scene.index} has no picture of ${sizePixels} pixels, the first has`,
        );
      data.set(scene.picture, row * pixels);
    });
    tensors['pictures'] = { shape: [count, sizePixels, sizePixels, 3], data };
  }
  const encoder = new TextEncoder();
  const texts = scenes.map((scene) => encoder.encode(JSON.stringify(wordsOf(scene))));
  const words = new Uint8Array(texts.reduce((sum, { length }) => sum + length, 0));
  const wordEnds = new Uint32Array(count);
  let end = 0;
  texts.forEach((text, row) => {
    words.set(text, end);
    end += text.length;
    wordEnds[row] = end;
  });
  tensors['words'] = { shape: [words.length], data: words };
  tensors['wordEnds'] = { shape: [count], data: wordEnds };
  const checksum = await checksumOf(tensors);
  return encodeTensorTable({ metadata: { format: FORMAT, key, checksum }, tensors });
}

function wordsOf(scene: SyntheticScene): Words {
  const { split, index, boxPixels, camera, appearance, caption, constraints, questions, sizePixels } = scene;
  return { split, index, boxPixels, camera, appearance, caption, constraints, questions, sizePixels };
}

/** Scenes of a shard, each made when it is asked for. */
export interface SceneShard {
  readonly count: number;
  /** @throws ShardError if there is no such row */
  scene(row: number): SyntheticScene;
}

/**
 * Reads a shard, and checks every byte of it.
 *
 * @throws ShardError if it is damaged, or made from something else than `key`
 */
export async function decodeSceneShard(bytes: Uint8Array, key: string, file: string): Promise<SceneShard> {
  const { metadata, tensors } = decodeTensorTable(bytes, file);
  if (metadata['format'] !== FORMAT)
    throw new ShardError(file, `its format is ${metadata['format'] ?? 'unknown'}`);
  if (metadata['key'] !== key)
    throw new ShardError(file, `it holds scenes of ${metadata['key'] ?? 'unknown origin'}, not of ${key}`);
  const checksum = await checksumOf(tensors);
  if (metadata['checksum'] !== checksum)
    throw new ShardError(file, 'its data do not fit its checksum: damaged');
  const ends = tensors['wordEnds'];
  const count = ends?.shape[0] ?? 0;
  const column = (name: string, size: number): Tensor['data'] => {
    const tensor = tensors[name];
    if (tensor?.data.length === count * size) return tensor.data;
    throw new ShardError(
      file,
      `array ${name} has [${tensor?.shape.join(', ') ?? 'no'}] numbers, expected ${count} rows of ${size}`,
    );
  };
  const floats = Object.fromEntries(
    Object.entries(FLOATS).map(([name, size]) => [name, column(name, size)]),
  ) as Record<FloatColumn, Float32Array>;
  const visibility = column('visibility', VISIBILITY_COUNT) as Uint8Array;
  const wordEnds = column('wordEnds', 1);
  const words = tensors['words']?.data ?? new Uint8Array();
  const pictures = tensors['pictures'];
  const decoder = new TextDecoder();
  return {
    count,
    scene(row) {
      if (!Number.isInteger(row) || row < 0 || row >= count)
        throw new ShardError(file, `it has no row ${row}: it holds ${count}`);
      const begin = row === 0 ? 0 : (wordEnds[row - 1] as number);
      const text = decoder.decode((words as Uint8Array).subarray(begin, wordEnds[row]));
      const row6 = (name: FloatColumn): Float32Array =>
        floats[name].slice(row * FLOATS[name], (row + 1) * FLOATS[name]);
      const size = pictures === undefined || count === 0 ? 0 : pictures.data.length / count;
      return {
        // Written by encodeSceneShard, and covered by the checksum.
        ...(JSON.parse(text) as Words),
        pose6d: row6('pose6d'),
        betas: row6('betas'),
        jointsMetres: row6('jointsMetres'),
        bodyJointsMetres: row6('bodyJointsMetres'),
        keypointsPixels: row6('keypointsPixels'),
        visibility: visibility.slice(row * VISIBILITY_COUNT, (row + 1) * VISIBILITY_COUNT),
        ...(pictures && {
          picture: new Uint8Array(
            pictures.data.buffer,
            pictures.data.byteOffset,
            pictures.data.byteLength,
          ).slice(row * size, (row + 1) * size),
        }),
      };
    },
  };
}

/** SHA-256 over names and data, hexadecimal. */
async function checksumOf(tensors: Readonly<Record<string, Tensor>>): Promise<string> {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  for (const name of Object.keys(tensors).sort()) {
    const { data } = tensors[name] as Tensor;
    hash.update(`${name}\0`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
