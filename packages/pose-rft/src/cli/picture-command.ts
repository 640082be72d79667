import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { useBackend, writeFileAtomically } from '@pose-rft/tensor';
import { caseSheet } from '../picture/case-sheet.js';
import { encoderAccuracy, type EncoderAccuracy } from '../picture/encoder-accuracy.js';
import {
  fineTunePictureModel,
  PICTURE_TRAINING,
  type PictureOutcome,
} from '../picture/fine-tune-picture-model.js';
import { createPersonCrops } from '../picture/person-crop-source.js';
import { pictureCases } from '../picture/picture-cases.js';
import { savePictureModel, shippedPictureFolder } from '../picture/picture-model.js';
import { pictureRows, pictureTable, type PictureRow } from '../picture/picture-table.js';
import { PICTURE_SENSES, needsKeypoints, type PictureSenses } from '../picture/picture-senses.js';
import { createPictureViews, type PictureView } from '../picture/picture-views.js';
import { requireMoveNet } from '../picture/movenet.js';
import type { PoseEncoder } from '../picture/pose-encoder.js';
import { loadPoseEncoder, savePoseEncoder } from '../picture/pose-encoder-checkpoint.js';
import { ENCODER_TRAINING, meanOfCrops, pretrainPoseEncoder } from '../picture/pretrain-pose-encoder.js';
import { createProgressDisplay } from '../progress/progress-display.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import type { Estimate } from '../statistics/bootstrap.js';
import { backendOption, parseBackend } from './backend-option.js';
import { UsageError, type Command, type CommandInput } from './command.js';

const COUNT = { min: 1, max: 10_000_000, integer: true };
const CASES = 10;
/** Steps between two saves of an encoder in training. */
const SAVE_EVERY = 200;

export const pictureCommand: Command = {
  name: 'picture',
  summary: 'trains the model that takes pictures: SFT, HyGRPO and continued SFT, or its encoder',
  wordsUsage: '[tune | pretrain | measure]',
  options: {
    out: { type: 'string', value: 'DIR', default: './out/picture', description: 'folder for the results' },
    encoder: {
      type: 'string',
      value: 'DIR',
      description: 'tune, measure: folder of the encoder (default: the one that ships)',
    },
    senses: {
      type: 'string',
      value: 'LIST',
      default: 'encoder',
      description: `tune: what the model sees with, one run each: ${PICTURE_SENSES.join(', ')}; the last two need MoveNet`,
    },
    seeds: { type: 'string', value: 'N', default: '1', description: 'tune: runs, with seeds 1 to N' },
    crops: {
      type: 'string',
      value: 'N',
      default: String(PICTURE_TRAINING.crops),
      description: 'tune: training pictures, each used mirrored too',
    },
    'sft-steps': {
      type: 'string',
      value: 'N',
      default: String(PICTURE_TRAINING.supervisedSteps),
      description: 'tune: supervised steps of 32 answers',
    },
    iterations: {
      type: 'string',
      value: 'N',
      default: String(PICTURE_TRAINING.iterations),
      description: 'tune: HyGRPO updates',
    },
    test: {
      type: 'string',
      value: 'N',
      default: String(PICTURE_TRAINING.testCrops),
      description: 'held-out pictures',
    },
    steps: {
      type: 'string',
      value: 'N',
      default: String(ENCODER_TRAINING.steps),
      description: 'pretrain: steps of 32 pictures',
    },
    seed: {
      type: 'string',
      value: 'N',
      default: '1',
      description: 'pretrain, measure: of pictures and parameters',
    },
    start: {
      type: 'string',
      value: 'DIR',
      description: 'pretrain: folder of an encoder to go on from, instead of from nothing',
    },
    rate: {
      type: 'string',
      value: 'X',
      default: String(ENCODER_TRAINING.learningRate),
      description: 'pretrain: highest learning rate; it falls to a hundredth along a cosine',
    },
    backend: backendOption,
  },
  async run(input) {
    const [verb = 'tune', ...rest] = input.words;
    if (rest.length > 0) throw new UsageError(`picture: unexpected "${rest.join(' ')}"`);
    switch (verb) {
      case 'tune':
        await tune(input);
        return;
      case 'pretrain':
        await pretrain(input);
        return;
      case 'measure':
        await measure(input);
        return;
      default:
        throw new UsageError(`picture: "${verb}" is none of tune, pretrain, measure`);
    }
  },
};

const seedOf = (input: CommandInput): number =>
  input.number('seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });

async function tune(input: CommandInput): Promise<void> {
  const folder = await prepareOutputFolder(input.text('out') ?? './out/picture');
  const seeds = input.number('seeds', { ...COUNT, max: 100 });
  const crops = input.number('crops', COUNT);
  const counts = {
    supervisedSteps: input.number('sft-steps', COUNT),
    iterations: input.number('iterations', COUNT),
  };
  const allSenses = parseSenses(input.text('senses') ?? 'encoder');
  await useBackend(parseBackend(input));
  const encoder = await loadPoseEncoder(input.text('encoder') ?? shippedPictureFolder());
  const detector = allSenses.some(needsKeypoints) ? await requireMoveNet() : undefined;
  const display = createProgressDisplay(process.stdout);
  const rows: PictureRow[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const views = (split: 'train' | 'test', count: number): readonly PictureView[] =>
      createPictureViews({
        encoder,
        detector,
        seed,
        split,
        count,
        isMirrored: split === 'train',
        onProgress: (done) => display.update({ phase: `${split} pictures`, done, total: count, figures: [] }),
      });
    const trainingViews = views('train', crops);
    const testViews = views('test', input.number('test', COUNT));
    for (const senses of allSenses) {
      const outcome = await fineTunePictureModel({
        senses,
        trainingViews,
        testViews,
        seed,
        ...counts,
        onProgress: (progress) => display.update({ ...progress, phase: `${senses}: ${progress.phase}` }),
      });
      rows.push(...pictureRows(outcome));
      if (seed === 1) await saveOutcome(folder, encoder, outcome, { crops, ...counts });
      outcome.before.dispose();
      outcome.after.dispose();
      // After each run: one that dies leaves what it had found.
      await writeFileAtomically(join(folder, 'records.json'), `${JSON.stringify(rows, null, 2)}\n`);
      await writeFileAtomically(join(folder, 'table.md'), `${pictureTable(rows)}\n`);
    }
  }
  detector?.dispose();
  display.finish();
  encoder.dispose();
  process.stdout.write(`\n${pictureTable(rows)}\n`);
}

/** The models before and after reinforcement, and ten pictures that show what it changed. */
async function saveOutcome(
  folder: string,
  encoder: PoseEncoder,
  outcome: PictureOutcome,
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  const { seed, senses, errorPerSpread } = outcome;
  const notes = { seed, ...counts, errorPerSpread, rows: pictureRows(outcome) };
  await savePictureModel(join(folder, 'model'), { encoder, senses, language: outcome.after }, notes);
  await savePictureModel(join(folder, 'sft'), { encoder, senses, language: outcome.before }, notes);
  const cases = await pictureCases(outcome, CASES, createRandom(seed).split('cases'));
  await writeFileAtomically(join(folder, `cases-${senses}.png`), caseSheet(cases));
}

function parseSenses(text: string): readonly PictureSenses[] {
  return text.split(',').map((name) => {
    const senses = PICTURE_SENSES.find((known) => known === name);
    if (senses === undefined)
      throw new UsageError(`--senses: "${name}" is none of ${PICTURE_SENSES.join(', ')}`);
    return senses;
  });
}

async function pretrain(input: CommandInput): Promise<void> {
  const folder = await prepareOutputFolder(input.text('out') ?? './out/picture');
  const steps = input.number('steps', COUNT);
  const seed = seedOf(input);
  await useBackend(parseBackend(input));
  const display = createProgressDisplay(process.stdout);
  const from = input.text('start');
  const start = from === undefined ? undefined : await loadPoseEncoder(from);
  const encoder = await pretrainPoseEncoder({
    seed,
    steps,
    start,
    learningRate: input.number('rate', { min: 1e-6, max: 1, integer: false }),
    onStep: async ({ step, places, keypoints, joints, sceneCount }, learning) => {
      display.update({
        phase: 'encoder training',
        done: step,
        total: steps,
        figures: [
          ['patch surprise', places.toFixed(3)],
          ['keypoint error', keypoints.toFixed(4)],
          ['joint error', `${(1000 * joints).toFixed(0)} mm`],
          ['scenes', String(sceneCount)],
        ],
      });
      if (step % SAVE_EVERY === 0) await savePoseEncoder(folder, learning);
    },
  });
  start?.dispose();
  display.finish();
  await savePoseEncoder(folder, encoder);
  report(input, encoder, seed);
  encoder.dispose();
}

async function measure(input: CommandInput): Promise<void> {
  await useBackend(parseBackend(input));
  const encoder = await loadPoseEncoder(input.text('encoder') ?? shippedPictureFolder());
  report(input, encoder, seedOf(input));
  encoder.dispose();
}

function report(input: CommandInput, encoder: PoseEncoder, seed: number): void {
  const count = input.number('test', COUNT);
  const mean = meanOfCrops(createPersonCrops({ seed, split: 'train' }));
  process.stdout.write(
    `${accuracyLines(encoderAccuracy({ encoder, mean, seed, split: 'test', count })).join('\n')}\n`,
  );
}

function accuracyLines(accuracy: EncoderAccuracy): readonly string[] {
  const millimetres = ({ mean, low, high }: Estimate): string =>
    `${mean.toFixed(1)} mm (${low.toFixed(1)} to ${high.toFixed(1)})`;
  const line = (name: string, { mpjpe, paMpjpe }: EncoderAccuracy['joints']): string =>
    `${name.padEnd(28)} MPJPE ${millimetres(mpjpe)}  PA-MPJPE ${millimetres(paMpjpe)}`;
  const { mean, low, high } = accuracy.keypointPixels;
  return [
    `${accuracy.count} held-out pictures; means with 95 % intervals`,
    line('mean joints, not looking', accuracy.meanJoints),
    line('mean rotations, not looking', accuracy.meanRotations),
    line('regressed joints', accuracy.joints),
    line('regressed rotations', accuracy.rotations),
    `keypoints: ${mean.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}) of 128 pixels`,
  ];
}
