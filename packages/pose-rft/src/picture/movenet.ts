import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { resizeImage, type PersonBox, type RasterImage } from '@pose-rft/mllm';
import { tensor4d, tidy, type Tensor } from '@pose-rft/tensor';
import { boxArea, boxAround } from './person-box.js';
import { PersonError } from './person-error.js';

/** A keypoint of COCO's 17. */
export interface DetectedKeypoint {
  /** Pixels of the picture, y down. */
  readonly x: number;
  readonly y: number;
  /** In [0, 1]. */
  readonly score: number;
}

/** Somebody who was found. */
export interface DetectedPerson {
  /** [17] in COCO's order, nose first. */
  readonly keypoints: readonly DetectedKeypoint[];
  readonly box: PersonBox;
}

/** Finds people. */
export interface PersonDetector {
  /**
   * Everybody it finds, the largest first.
   *
   * @throws PersonError if there is nobody
   */
  detect(image: RasterImage): readonly DetectedPerson[];
  /** [17] of the one person in a picture, however little they are to be trusted. */
  keypoints(image: RasterImage): readonly DetectedKeypoint[];
  dispose(): void;
}

/** What is needed of a tfjs graph model. */
interface GraphModel {
  predict(input: Tensor): Tensor | Tensor[] | Record<string, Tensor>;
  dispose(): void;
}

const MODEL_PACKAGE = '@vladmandic/human';
const LOADER_PACKAGE = '@tensorflow/tfjs-converter';
/** MoveNet lightning's input. */
const INPUT_PIXELS = 192;
const KEYPOINTS = 17;
/** A keypoint below is not trusted; somebody is there if so many are trusted. */
const LEAST_SCORE = 0.3;
const LEAST_KEYPOINTS = 5;
/** Who is found is painted over and the next one looked for, so many times. */
const MOST_PEOPLE = 4;

/** What to install for {@link loadMoveNet}. */
export const MOVENET_INSTALL = `npm install ${MODEL_PACKAGE}@3.3.6 ${LOADER_PACKAGE}@4.22.0`;

/**
 * MoveNet (lightning, single pose), whose weights the optional package `@vladmandic/human` holds (MIT); needs
 * `@tensorflow/tfjs-converter` too.
 *
 * @returns undefined if either package is not installed
 */
export async function loadMoveNet(): Promise<PersonDetector | undefined> {
  const folder = installedFolder(MODEL_PACKAGE);
  if (folder === undefined || installedFolder(LOADER_PACKAGE) === undefined) return undefined;
  const { loadGraphModel } = (await import(LOADER_PACKAGE)) as {
    loadGraphModel(source: { load(): Promise<unknown> }): Promise<GraphModel>;
  };
  const model = await loadGraphModel({ load: () => readModel(join(folder, 'models')) });
  return {
    detect: (image) => detectEverybody(model, image),
    keypoints: (image) => detectOne(model, image),
    dispose: () => model.dispose(),
  };
}

/**
 * {@link loadMoveNet}, for what cannot do without.
 *
 * @throws PersonError that says what to install
 */
export async function requireMoveNet(): Promise<PersonDetector> {
  const detector = await loadMoveNet();
  if (detector === undefined)
    throw new PersonError(`this needs MoveNet, which optional packages hold: ${MOVENET_INSTALL}`);
  return detector;
}

/** A package's folder, from its entry file: packages need not export their manifest. */
function installedFolder(name: string): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const marker = join('node_modules', ...name.split('/'));
    return entry.slice(0, entry.lastIndexOf(marker) + marker.length);
  } catch {
    return undefined;
  }
}

/** A graph model's two files, as tfjs takes them. */
async function readModel(folder: string): Promise<unknown> {
  const json = JSON.parse(await readFile(join(folder, 'movenet-lightning.json'), 'utf8')) as {
    readonly weightsManifest: readonly { readonly weights: readonly unknown[] }[];
  };
  const weights = await readFile(join(folder, 'movenet-lightning.bin'));
  return {
    ...json,
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
  };
}

function detectEverybody(model: GraphModel, image: RasterImage): readonly DetectedPerson[] {
  const people: DetectedPerson[] = [];
  let unseen = image;
  while (people.length < MOST_PEOPLE) {
    const keypoints = detectOne(model, unseen);
    const trusted = keypoints.filter(({ score }) => score >= LEAST_SCORE);
    if (trusted.length < LEAST_KEYPOINTS) break;
    const box = boxAround(trusted, image);
    people.push({ keypoints, box });
    unseen = paintedOver(unseen, box);
  }
  if (people.length === 0)
    throw new PersonError(
      `nobody was found in the picture of ${image.width} x ${image.height} pixels; if somebody is there, say where ` +
        'with --box x,y,width,height',
    );
  return people.sort((first, second) => boxArea(second.box) - boxArea(first.box));
}

function detectOne(model: GraphModel, image: RasterImage): readonly DetectedKeypoint[] {
  const scale = INPUT_PIXELS / Math.max(image.width, image.height);
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const small = resizeImage(image, width, height, 'bilinear');
  const left = Math.floor((INPUT_PIXELS - width) / 2);
  const top = Math.floor((INPUT_PIXELS - height) / 2);
  const input = new Int32Array(3 * INPUT_PIXELS * INPUT_PIXELS);
  for (let y = 0; y < height; y++)
    input.set(small.data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * INPUT_PIXELS + left));
  const found = tidy(() => {
    const output = model.predict(tensor4d(input, [1, INPUT_PIXELS, INPUT_PIXELS, 3], 'int32'));
    return (output as Tensor).dataSync<'float32'>().slice();
  });
  return Array.from({ length: KEYPOINTS }, (_, index) => ({
    y: ((found[3 * index] as number) * INPUT_PIXELS - top) / scale,
    x: ((found[3 * index + 1] as number) * INPUT_PIXELS - left) / scale,
    score: found[3 * index + 2] as number,
  }));
}

/** A picture without what is in a box: grey. */
function paintedOver(image: RasterImage, box: PersonBox): RasterImage {
  const data = Uint8Array.from(image.data);
  const [left, right] = [Math.floor(box.left), Math.ceil(box.right)];
  for (let y = Math.floor(box.top); y < Math.ceil(box.bottom); y++)
    data.fill(128, 3 * (y * image.width + left), 3 * (y * image.width + right));
  return { ...image, data };
}
