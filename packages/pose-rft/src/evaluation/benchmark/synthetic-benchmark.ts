import { createSyntheticSet } from '@pose-rft/datasets';
import { SMPL_24_PROTOCOL } from '@pose-rft/smpl';
import { noProblems } from './benchmark-problem.js';
import type { Benchmark, BenchmarkSample } from './benchmark.js';

/** Held-out synthetic questions: the prompts of `pose-rft evaluate`, half evidence of a picture, half text. */
export function syntheticBenchmark(options: { readonly count: number; readonly seed: number }): Benchmark {
  const set = createSyntheticSet({ ...options, split: 'test' });
  const samples = set.map(({ prompt, answer }, index): BenchmarkSample => {
    const id = `synthetic/${options.seed}/${index}`;
    const { question, evidence, constraints, targetPose6d, targetJoints, kind } = prompt;
    const isText = kind === 'text-to-pose';
    return {
      id,
      task: isText ? 'text-to-pose' : 'image-to-pose',
      question,
      ...(evidence && { evidence }),
      cluster: id,
      truth: {
        joints: targetJoints,
        person: { pose6d: targetPose6d },
        ...(isText ? { constraints } : { answer, wantsStatements: true }),
      },
    };
  });
  return {
    name: 'synthetic',
    title: `synthetic questions, test split, seed ${options.seed}`,
    protocol: SMPL_24_PROTOCOL,
    differences: [],
    samples,
    problems: noProblems(),
  };
}
