/**
 * What worker threads gain: iterations of HyGRPO on the pose model that ships, in this thread and in one and two others,
 * with the same split of the prompts and so with the same result.
 *
 *     npx tsx -C @pose-rft/source tools/bench/workers.ts [iterations]
 *
 * Times are of sampling, reference and update (the rewards stay in the main thread), the least and the median; the runs
 * take turns, so that a busy machine disturbs all alike.
 */
import { createSyntheticSet, type PosePrompt } from '@pose-rft/datasets';
import { trainHyGRPO, type HyGrpoRun } from '@pose-rft/hygrpo';
import { createWorkerPool, type WorkerPool } from '@pose-rft/hygrpo/workers';
import type { MllmAction } from '@pose-rft/mllm';
import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { loadModelOrShipped, poseRewards, reinforcementMethod } from 'pose-rft';

const iterations = Number(process.argv[2] ?? 8);
const ROUNDS = 3;
const PROMPTS = 16;
const method = reinforcementMethod('hygrpo');

await useBackend('wasm');
const start = await loadModelOrShipped(undefined, 'sft');
const prompts = createSyntheticSet({ count: 200, seed: 1, split: 'train' }).map(({ prompt }) => prompt);

type Pool = WorkerPool<PosePrompt, MllmAction>;
const startPool = (count: number): Promise<Pool> =>
  createWorkerPool<PosePrompt, MllmAction>({
    module: new URL('./source-worker.mjs', import.meta.url),
    count,
  });
const pools: readonly (readonly [label: string, pool: Pool | undefined])[] = [
  ['no workers', undefined],
  ['1 worker', await startPool(1)],
  ['2 workers', await startPool(2)],
];

async function measure(pool: Pool | undefined): Promise<{ seconds: number[]; weights: number }> {
  const policy = start.clone();
  const run: HyGrpoRun<PosePrompt, MllmAction> = {
    policy,
    reference: start,
    rewards: poseRewards(policy, method),
    nextPrompts: (_, random) => Array.from({ length: PROMPTS }, () => random.pick(prompts)),
    config: {
      iterations,
      candidatesPerPrompt: method.candidatesPerPrompt,
      samplesPerCandidate: method.samplesPerCandidate,
      learningRate: 1e-4,
      promptsPerActCall: PROMPTS / 2,
      promptsPerMicroBatch: PROMPTS / 2,
      components: { answer: { klCoefficient: 0.02 }, pose: { weight: method.poseWeight } },
    },
    random: createRandom(1),
    ...(pool ? { workers: pool } : {}),
  };
  const seconds: number[] = [];
  for await (const { metrics } of trainHyGRPO(run))
    seconds.push(metrics['timing/sampling'] + metrics['timing/reference'] + metrics['timing/update']);
  let weights = 0;
  for (const name of policy.parameters.names)
    for (const value of policy.parameters.get(name).dataSync()) weights += value;
  policy.dispose();
  // The first iteration compiles.
  return { seconds: seconds.slice(1), weights };
}

const times = pools.map((): number[] => []);
const results = new Set<number>();
for (let round = 0; round < ROUNDS; round++)
  for (const [index, [, pool]] of pools.entries()) {
    const { seconds, weights } = await measure(pool);
    times[index]?.push(...seconds);
    results.add(weights);
  }
for (const [, pool] of pools) await pool?.close();

const sorted = times.map((each) => each.toSorted((a, b) => a - b));
const least = (index: number): number => sorted[index]?.[0] ?? NaN;
const median = (index: number): number =>
  sorted[index]?.[Math.floor((sorted[index]?.length ?? 0) / 2)] ?? NaN;
console.log(
  `seconds an iteration of ${PROMPTS} prompts * ${method.candidatesPerPrompt} * ${method.samplesPerCandidate} ` +
    `(Node ${process.versions.node}, ${ROUNDS} * ${iterations - 1} iterations each)`,
);
pools.forEach(([label], index) =>
  console.log(
    `${label.padEnd(12)} least ${least(index).toFixed(3)}  median ${median(index).toFixed(3)}  ` +
      `speed-up ${(least(0) / least(index)).toFixed(2)} (least), ${(median(0) / median(index)).toFixed(2)} (median)`,
  ),
);
console.log(
  results.size === 1 ? 'all ended with the same weights' : `the weights differ: ${[...results].join(', ')}`,
);
