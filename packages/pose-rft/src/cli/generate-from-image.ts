import { join } from 'node:path';
import { readImage, resizeImage, type PersonBox, type RasterImage } from '@pose-rft/mllm';
import { createRandom } from '@pose-rft/random';
import { JOINT_NAMES, poseToJson, syntheticBody, writeGlb } from '@pose-rft/smpl';
import { encodePng } from '@pose-rft/smpl/render';
import { useBackend, writeFileAtomically } from '@pose-rft/tensor';
import { answerPicture, type PictureAnswer, type PicturePose } from '../picture/answer-picture.js';
import { besideEachOther, drawOverPhotograph } from '../picture/draw-over-photograph.js';
import {
  loadMoveNet,
  MOVENET_INSTALL,
  type DetectedPerson,
  type PersonDetector,
} from '../picture/movenet.js';
import { parsePersonBox } from '../picture/person-box.js';
import { hasPictureModel, loadPictureModel, shippedPictureFolder } from '../picture/picture-model.js';
import type { PictureSenses } from '../picture/picture-senses.js';
import { DEFAULT_PICTURE_QUESTION } from '../picture/picture-question.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import { parseBackend } from './backend-option.js';
import type { CommandInput } from './command.js';

/** Larger photographs are drawn at this size: the longer edge, pixels. */
const LONGEST_EDGE = 1280;
/** Joints that are named as the least certain ones. */
const NAMED_JOINTS = 3;

/** What `generate --image FILE` does: reads a picture, asks the model about it, and draws the body over it. */
export async function generateFromImage(path: string, input: CommandInput): Promise<void> {
  const image = withinSize(await readImage(path));
  const typed = input.text('box');
  const seed = input.number('seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  const question = input.words.join(' ').trim() || DEFAULT_PICTURE_QUESTION;
  const folder = await prepareOutputFolder(input.text('out') ?? './out');
  await useBackend(parseBackend(input));
  const detector = await loadMoveNet();
  const person = findPerson(image, typed, detector);
  process.stdout.write(`${person.said}\n`);
  const modelFolder = input.text('model') ?? shippedPictureFolder();
  const senses = await sensesFor(modelFolder, detector !== undefined);
  const model = await loadPictureModel(modelFolder, { senses });
  try {
    const answer = await answerPicture(model, image.picture, question, {
      random: createRandom(seed),
      box: person.box,
      detected: person.detected,
      detector,
    });
    process.stdout.write(`${answerLines(answer, model.errorPerSpread).join('\n')}\n`);
    if (answer.pose !== undefined)
      process.stdout.write(`${await writePose(folder, image.picture, answer.pose)}\n`);
    await writeFileAtomically(join(folder, 'answer.json'), answerJson(path, question, person.box, answer));
  } finally {
    model.dispose();
    detector?.dispose();
  }
}

/** What a folder's model sees with: keypoints if they can be found, and the encoder otherwise. */
async function sensesFor(folder: string, hasDetector: boolean): Promise<PictureSenses> {
  if (!hasDetector) return 'encoder';
  if (await hasPictureModel(folder, 'keypoints')) return 'keypoints';
  return (await hasPictureModel(folder, 'both')) ? 'both' : 'encoder';
}

interface SizedImage {
  readonly picture: RasterImage;
  /** Pixels of the picture over those of the file. */
  readonly scale: number;
  readonly fileWidth: number;
  readonly fileHeight: number;
}

function withinSize(image: RasterImage): SizedImage {
  const { width: fileWidth, height: fileHeight } = image;
  const scale = Math.min(1, LONGEST_EDGE / Math.max(fileWidth, fileHeight));
  const along = (pixels: number): number => Math.max(1, Math.round(pixels * scale));
  const picture = scale === 1 ? image : resizeImage(image, along(fileWidth), along(fileHeight), 'bilinear');
  return { picture, scale, fileWidth, fileHeight };
}

interface FoundPerson {
  /** Undefined for the whole picture. */
  readonly box: PersonBox | undefined;
  readonly detected: DetectedPerson | undefined;
  /** Who was taken, for people. */
  readonly said: string;
}

/** Where the person is: as told, or as MoveNet finds it if it is there, or the whole picture. */
function findPerson(
  image: SizedImage,
  typed: string | undefined,
  detector: PersonDetector | undefined,
): FoundPerson {
  const { picture, scale, fileWidth, fileHeight } = image;
  if (typed !== undefined) {
    const box = parsePersonBox(typed, { width: fileWidth, height: fileHeight });
    const scaled = {
      left: box.left * scale,
      top: box.top * scale,
      right: box.right * scale,
      bottom: box.bottom * scale,
    };
    return { box: scaled, detected: undefined, said: `person: in the box ${typed}` };
  }
  if (detector === undefined)
    return {
      box: undefined,
      detected: undefined,
      said: `person: the whole picture is taken; give --box x,y,width,height, or have it found: ${MOVENET_INSTALL}`,
    };
  const people = detector.detect(picture);
  const [detected] = people;
  if (detected === undefined) return { box: undefined, detected, said: 'person: the whole picture is taken' };
  const { left, top, right, bottom } = detected.box;
  const numbers = [left, top, right - left, bottom - top].map((pixels) => Math.round(pixels / scale));
  const others =
    people.length > 1 ? `; the largest of ${people.length} people, choose another with --box` : '';
  return { box: detected.box, detected, said: `person: found in the box ${numbers.join(',')}${others}` };
}

/** The answer, and how sure it is: what the model predicts, and how far that was off on held-out pictures. */
function answerLines({ text, unknownWords, pose }: PictureAnswer, errorPerSpread: number): readonly string[] {
  const unknown =
    unknownWords.length > 0
      ? [`words that the model does not know, and that did not shape the answer: ${unknownWords.join(', ')}`]
      : [];
  if (pose === undefined) return [...unknown, text, '   the answer holds no pose: no files written'];
  const { millimetres, degrees, degreesOfJoint } = pose.spread;
  const least = Array.from(degreesOfJoint, (value, joint) => ({ value, name: JOINT_NAMES[joint] ?? '' }))
    .sort((first, second) => second.value - first.value)
    .slice(0, NAMED_JOINTS)
    .map(({ value, name }) => `${name.replaceAll('_', ' ')} ${value.toFixed(1)}`);
  return [
    ...unknown,
    text,
    `   predicted spread: joints within ${millimetres.toFixed(0)} mm, rotations within ${degrees.toFixed(1)} degrees ` +
      `on average (least sure: ${least.join(', ')})`,
    `   on held-out rendered pictures the error was ${errorPerSpread.toFixed(1)} times the predicted spread: ` +
      `expect about ${(millimetres * errorPerSpread).toFixed(0)} mm there, and more on photographs`,
    pose.isFitted
      ? '   camera: fitted to the joints seen'
      : '   camera: fitted to the box, since the joints seen do not fit the pose',
  ];
}

async function writePose(folder: string, picture: RasterImage, pose: PicturePose): Promise<string> {
  const base = join(folder, 'pose');
  const { width, height, data } = besideEachOther([
    picture,
    drawOverPhotograph(picture, pose.pose6d, pose.camera),
  ]);
  await writeFileAtomically(`${base}.json`, poseToJson(pose.pose6d));
  await writeFileAtomically(`${base}.glb`, writeGlb(syntheticBody(), pose.pose6d));
  await writeFileAtomically(`${base}.png`, encodePng(data, width, height));
  return `   ${base}.json, .glb, .png`;
}

function answerJson(
  image: string,
  question: string,
  box: PersonBox | undefined,
  { text, unknownWords, pose }: PictureAnswer,
): string {
  const document = {
    image,
    question,
    box: box ?? null,
    text,
    unknownWords,
    hasPose: pose !== undefined,
    ...(pose && {
      spreadMillimetres: pose.spread.millimetres,
      spreadDegrees: pose.spread.degrees,
      spreadDegreesOfJoint: Object.fromEntries(
        Array.from(pose.spread.degreesOfJoint, (degrees, joint) => [JOINT_NAMES[joint] ?? joint, degrees]),
      ),
      camera: pose.camera,
    }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
