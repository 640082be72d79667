import { createRandom, type Random } from '@pose-rft/random';
import { axisAngleToRotation6d, JOINT_COUNT } from '@pose-rft/smpl';
import fc from 'fast-check';
import { law, type Law } from './law.js';

/** What scores how well texts describe poses: `TextPoseSimilarity` of `@pose-rft/text-pose/retrieval`, or any like it. */
export interface SimilaritySubject {
  /** N texts and poses [N, 24, 6] (layout `columns`) to [N] numbers. */
  similarity(texts: readonly string[], poses6d: Float32Array): Float32Array;
  /** How far equal scores may differ by rounding; default 1e-4. */
  readonly tolerance?: number;
}

const POSE_SIZE = 6 * JOINT_COUNT;
const WORDS = 'left right both arm knee elbow raised bent straight standing kneeling , . the quixotic'.split(
  ' ',
);

interface Batch {
  readonly texts: readonly string[];
  readonly poses6d: Float32Array;
  readonly seed: number;
}

/**
 * What a similarity of texts and poses owes as a reward in the body frame: it stays in [-1, 1]; scores each pair by itself,
 * whatever stands beside it; and neither the orientation of the pelvis nor the length of the 6D columns changes a score.
 *
 * @example
 * ```ts
 * import { similarityLaws } from '@pose-rft/text-pose/laws';
 *
 * const byLength = (texts: readonly string[]): Float32Array => Float32Array.from(texts, ({ length }) => 1 / (1 + length));
 * for (const law of similarityLaws({ similarity: byLength })) law.check({ numRuns: 5, seed: 1 });
 * ```
 */
export function similarityLaws(subject: SimilaritySubject): readonly Law[] {
  const { tolerance = 1e-4 } = subject;
  const score = ({ texts, poses6d }: Pick<Batch, 'texts' | 'poses6d'>): Float32Array =>
    subject.similarity(texts, poses6d);
  const agree = (first: Float32Array, second: Float32Array): boolean =>
    first.length === second.length &&
    first.every((value, index) => Math.abs(value - (second[index] as number)) <= tolerance);
  return [
    law('scores lie in [-1, 1], one for each pair', batches, (batch) => {
      const scores = score(batch);
      return scores.length === batch.texts.length && scores.every((value) => Math.abs(value) <= 1);
    }),
    law('a pair scores the same alone and in company, wherever it stands', batches, (batch) => {
      const { texts, poses6d, seed } = batch;
      const order = createRandom(seed).shuffle(texts.map((_, index) => index));
      const shuffled = score({
        texts: order.map((index) => texts[index] as string),
        poses6d: Float32Array.from(order.flatMap((index) => [...poseOf(poses6d, index)])),
      });
      const together = score(batch);
      const alone = texts.map(
        (text, index) => score({ texts: [text], poses6d: poseOf(poses6d, index) })[0] as number,
      );
      return (
        agree(Float32Array.from(alone), together) &&
        agree(
          shuffled,
          Float32Array.from(order, (index) => together[index] as number),
        )
      );
    }),
    law('neither the pelvis nor the length of 6D columns matters', batches, (batch) => {
      const random = createRandom(batch.seed).split('other');
      const poses6d = batch.poses6d.slice();
      for (let rotation = 0; rotation < poses6d.length; rotation += 6) {
        if (rotation % POSE_SIZE === 0) turnAtRandom(poses6d, rotation, random, 1);
        const [first, second] = [0.3 + random.uniform(), 0.3 + random.uniform()];
        for (let row = 0; row < 3; row++) {
          poses6d[rotation + row] = first * (poses6d[rotation + row] as number);
          poses6d[rotation + 3 + row] = second * (poses6d[rotation + 3 + row] as number);
        }
      }
      return agree(score({ texts: batch.texts, poses6d }), score(batch));
    }),
  ];
}

const batches: fc.Arbitrary<Batch> = fc
  .record({
    texts: fc.array(
      fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join(' ')),
      { minLength: 1, maxLength: 5 },
    ),
    seed: fc.nat(),
  })
  .map(({ texts, seed }) => {
    const random = createRandom(seed);
    const poses6d = new Float32Array(texts.length * POSE_SIZE);
    for (let rotation = 0; rotation < poses6d.length; rotation += 6)
      turnAtRandom(poses6d, rotation, random, 0.5);
    return { texts, poses6d, seed };
  });

function turnAtRandom(poses6d: Float32Array, at: number, random: Random, spread: number): void {
  axisAngleToRotation6d(
    Float64Array.from([0, 1, 2], () => spread * random.normal()),
    0,
    poses6d,
    at,
  );
}

function poseOf(poses6d: Float32Array, index: number): Float32Array {
  return poses6d.slice(index * POSE_SIZE, (index + 1) * POSE_SIZE);
}
