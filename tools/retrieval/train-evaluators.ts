// npm run train:evaluators [-- --only reward|judge] [--out FOLDER] [--steps N]
// Trains the two evaluators that @pose-rft/text-pose ships, from seeds alone, on the wasm backend: the same Node version
// gives the same files bit for bit, whose SHA-256 is printed. Some 6 CPU minutes for the reward's, 4 for the judge's.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '@pose-rft/random';
import { cosineSchedule, useBackend } from '@pose-rft/tensor';
import {
  createRetrievalModel,
  frequentWords,
  saveRetrievalModel,
  loadRetrievalModel,
  trainRetrieval,
  WORDS_WITHOUT_POSE,
} from '@pose-rft/text-pose/retrieval';
import { EVALUATOR_RECIPES, type EvaluatorRecipe } from './evaluator-recipes.ts';
import { mixedCaptionsOf } from './training-captions.ts';
import { trainingPoses } from './training-poses.ts';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, out: { type: 'string' }, steps: { type: 'string' } },
});
const checkpoints = resolve(options.out ?? join(import.meta.dirname, '../../packages/text-pose/checkpoints'));
const WARM_UP_STEPS = 40;
const VOCABULARY_CAPTIONS = 20_000;
/** Words rarer than that in {@link VOCABULARY_CAPTIONS} share the embedding of unknown words, which so is trained too. */
const LEAST_OCCURRENCES = 10;

await useBackend('wasm');
for (const recipe of EVALUATOR_RECIPES)
  if (options.only === undefined || options.only === recipe.name)
    await trainEvaluator(options.steps === undefined ? recipe : { ...recipe, steps: Number(options.steps) });

async function trainEvaluator(recipe: EvaluatorRecipe): Promise<void> {
  const { name, seed, poseCount, steps, batchSize, learningRate, mirror } = recipe;
  const random = createRandom(seed);
  const poses6d = trainingPoses(random.split('poses'), poseCount);
  const captionOf = mixedCaptionsOf(poses6d);
  const textOf = (pose: number, stream: Random): string => captionOf(pose, stream).text;
  const words = random.split('vocabulary');
  const vocabulary = frequentWords(
    Array.from({ length: VOCABULARY_CAPTIONS }, (_, index) => textOf(index % poseCount, words)),
    { skippedWords: WORDS_WITHOUT_POSE, leastOccurrences: LEAST_OCCURRENCES },
  );
  const model = createRetrievalModel({
    config: recipe.config(vocabulary),
    random: random.split('parameters'),
  });
  console.log(`${name}: ${model.parameters.parameterCount} parameters, ${vocabulary.length} frequent words`);

  for await (const step of trainRetrieval({
    model,
    pairs: { poses6d, textOf },
    random: random.split('training'),
    steps,
    batchSize,
    mirror,
    learningRate: cosineSchedule({
      peak: learningRate,
      steps,
      warmUpSteps: Math.min(WARM_UP_STEPS, steps - 1),
    }),
  }))
    if (step.step % 50 === 0 || step.step === steps)
      console.log(
        `${name}: step ${step.step} of ${steps}, ${cpuSeconds().toFixed(0)} CPU s, loss ${step.loss.toFixed(3)}, ` +
          `pose of text ${percent(step.poseOfText)} in the batch, text of pose ${percent(step.textOfPose)}, ` +
          `scale ${step.scale.toFixed(1)}`,
      );

  const folder = join(checkpoints, `${name}-evaluator`);
  const training = {
    program: 'tools/retrieval/train-evaluators.ts',
    seed,
    poseCount,
    steps,
    batchSize,
    learningRate,
    mirror,
  };
  await saveRetrievalModel(folder, model, { dtype: 'F16', training });
  model.dispose();
  const saved = await loadRetrievalModel(folder);
  console.log(`${name}: ${folder}, SHA-256 of the weights ${saved.weightsSha256}`);
  saved.model.dispose();
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
