import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { poseToJson, syntheticBody, writeGlb } from '@pose-rft/smpl';
import { useBackend, writeFileAtomically } from '@pose-rft/tensor';
import { describeConstraint } from '@pose-rft/text-pose';
import { answerSentence, EmptySentenceError, type SentenceAnswer } from '../generate/answer-sentence.js';
import { loadModelOrShipped } from '../model/shipped-checkpoint.js';
import { posePicture } from '../report/pose-picture.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import { backendOption, parseBackend } from './backend-option.js';
import { UsageError, type Command } from './command.js';
import { generateFromImage } from './generate-from-image.js';

const PICTURE_SIZE = { width: 600, height: 800 };

export const generateCommand: Command = {
  name: 'generate',
  summary:
    'answers a sentence, or a question about a picture, with text and a pose: JSON (SMPL axis-angle), GLB and PNG',
  wordsUsage: '"someone squatting with both arms raised"',
  options: {
    out: { type: 'string', value: 'DIR', default: './out', description: 'folder for the files' },
    samples: { type: 'string', value: 'N', default: '1', description: 'how many answers to sample' },
    seed: { type: 'string', value: 'N', default: '1', description: 'equal seeds give equal answers' },
    model: {
      type: 'string',
      value: 'DIR',
      description: 'checkpoint folder (default: the tuned one that ships)',
    },
    image: {
      type: 'string',
      value: 'FILE',
      description: 'a picture that the question is about: PNG, or with sharp JPEG, ...',
    },
    box: { type: 'string', value: 'X,Y,W,H', description: 'with --image: where the person is, pixels' },
    backend: backendOption,
  },
  async run(input) {
    const image = input.text('image');
    if (image !== undefined) {
      await generateFromImage(image, input);
      return;
    }
    if (input.text('box') !== undefined)
      throw new UsageError('--box says where somebody is in a picture: give --image FILE');
    const sentence = input.words.join(' ');
    if (sentence.trim() === '') throw new EmptySentenceError();
    const samples = input.number('samples', { min: 1, max: 256, integer: true });
    const seed = input.number('seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    const folder = await prepareOutputFolder(input.text('out') ?? './out');
    await useBackend(parseBackend(input));
    const model = await loadModelOrShipped(input.text('model'), 'tuned');
    const { unknownWords, answers } = await answerSentence(model, sentence, {
      samples,
      random: createRandom(seed),
    });
    if (unknownWords.length > 0)
      process.stdout.write(
        `words that the model does not know, and that did not shape the answer: ${unknownWords.join(', ')}\n`,
      );
    for (const [index, answer] of answers.entries()) {
      process.stdout.write(`${answers.length > 1 ? `${index + 1}. ` : ''}${answer.text}\n`);
      for (const line of checkLines(answer)) process.stdout.write(`   ${line}\n`);
      const name = answers.length > 1 ? `pose-${index + 1}` : 'pose';
      process.stdout.write(`   ${await writeAnswer(folder, name, answer)}\n`);
    }
    await writeFileAtomically(join(folder, 'answers.json'), answersJson(sentence, unknownWords, answers));
    model.dispose();
  },
};

function checkLines({ checks }: SentenceAnswer): readonly string[] {
  return checks.map(
    ({ constraint, satisfied }) => `${satisfied ? 'yes' : 'no '}  ${describeConstraint(constraint)}`,
  );
}

async function writeAnswer(folder: string, name: string, { pose6d }: SentenceAnswer): Promise<string> {
  if (pose6d === undefined) return 'the answer holds no pose: no files written';
  const base = join(folder, name);
  await writeFileAtomically(`${base}.json`, poseToJson(pose6d));
  await writeFileAtomically(`${base}.glb`, writeGlb(syntheticBody(), pose6d));
  await writeFileAtomically(`${base}.png`, posePicture(pose6d, PICTURE_SIZE));
  return `${base}.json, .glb, .png`;
}

/** What was asked and answered, for programs: the text, and which parts of the sentence each pose satisfies. */
function answersJson(
  sentence: string,
  unknownWords: readonly string[],
  answers: readonly SentenceAnswer[],
): string {
  const document = {
    sentence,
    unknownWords,
    answers: answers.map(({ text, pose6d, checks }) => ({
      text,
      hasPose: pose6d !== undefined,
      checks: checks.map(({ constraint, satisfied }) => ({
        statement: describeConstraint(constraint),
        satisfied,
      })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
