import fc from 'fast-check';
import type { PoseTokeniser } from '../pose-tokeniser/pose-tokeniser.js';
import { law, type Law } from './law.js';

/** A pose tokeniser under test. */
export interface PoseTokeniserSubject {
  readonly tokeniser: PoseTokeniser;
  /** [N, poseSize] the poses that it was trained on, or some of them. */
  readonly trainingPoses6d: Float32Array;
  /**
   * Coding is no projection: the encoder is not the decoder's inverse, so a decoded pose that is coded again may get other
   * codes. This is how far the second decoding may be from the first, as a root mean square over the numbers of a pose.
   */
  readonly largestDrift: number;
}

/**
 * What a residual pose tokeniser owes: codes in range; a pose's codes depend on nothing but the pose; decoded numbers are
 * rotations; no level takes a latent further from what its codes stand for; over the training set a further level never
 * makes the decoded poses worse; and what was decoded stays nearly where it is when coded again.
 */
export function poseTokeniserLaws(subject: PoseTokeniserSubject): readonly Law[] {
  const { tokeniser, trainingPoses6d, largestDrift } = subject;
  const { levelCount, codebookSize, poseSize } = tokeniser.config;
  const trainingCount = trainingPoses6d.length / poseSize;
  const trainingPose = (row: number): Float32Array =>
    trainingPoses6d.slice(row * poseSize, (row + 1) * poseSize);
  const anyPose = fc
    .array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: poseSize, maxLength: poseSize })
    .map((numbers) => Float32Array.from(numbers));
  const poses = fc.oneof(fc.nat(trainingCount - 1).map(trainingPose), anyPose);
  const codes = fc.array(fc.nat(codebookSize - 1), { minLength: levelCount, maxLength: levelCount });
  return [
    law('codes are integers in range, one a level', poses, (pose) => {
      const found = tokeniser.encodePoses(pose);
      return (
        found.length === levelCount &&
        found.every((code) => Number.isInteger(code) && code >= 0 && code < codebookSize)
      );
    }),
    law(
      'a pose has the same codes and gives the same rotations wherever it stands in a batch',
      fc.array(poses, { minLength: 1, maxLength: 5 }),
      (batch) => {
        const reversed = [...batch].reverse();
        const alone = batch.map((pose) => tokeniser.encodePoses(pose));
        const together = tokeniser.encodePoses(joined(reversed));
        const decoded = tokeniser.decodeCodes(together);
        return alone.every((own, index) => {
          const place = batch.length - 1 - index;
          const rotations = tokeniser.decodeCodes(own);
          return (
            own.every((code, level) => code === together[place * levelCount + level]) &&
            rotations.every((value, number) => Object.is(value, decoded[place * poseSize + number]))
          );
        });
      },
    ),
    law('decoded numbers are rotations', codes, (given) => {
      const pose = tokeniser.decodeCodes(given);
      for (let at = 0; at < poseSize; at += 6) {
        const [a, b] = [pose.subarray(at, at + 3), pose.subarray(at + 3, at + 6)];
        if (Math.abs(dot(a, a) - 1) > 1e-5 || Math.abs(dot(b, b) - 1) > 1e-5 || Math.abs(dot(a, b)) > 1e-5)
          return false;
      }
      return true;
    }),
    law('no level but the first takes a latent further from its codes', poses, (pose) => {
      const errors = tokeniser.latentErrors(pose);
      return errors.every((error, level) => level < 2 || error <= (errors[level - 1] ?? 0) + 1e-9);
    }),
    law('over the training set a further level makes the decoded poses no worse', fc.constant(null), () => {
      const all = tokeniser.encodePoses(trainingPoses6d);
      let before = Infinity;
      for (let levels = 1; levels <= levelCount; levels++) {
        const error = rootMeanSquare(tokeniser.decodeCodes(all, levels), trainingPoses6d);
        if (error > before) return false;
        before = error;
      }
      return true;
    }),
    law(
      'what was decoded from a training pose stays nearly where it is when coded again',
      fc.nat(trainingCount - 1),
      (row) => {
        const once = tokeniser.decodeCodes(tokeniser.encodePoses(trainingPose(row)));
        const twice = tokeniser.decodeCodes(tokeniser.encodePoses(once));
        return rootMeanSquare(twice, once) <= largestDrift;
      },
    ),
  ];
}

function joined(poses: readonly Float32Array[]): Float32Array {
  return Float32Array.from(poses.flatMap((pose) => [...pose]));
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

function rootMeanSquare(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  a.forEach((value, index) => {
    sum += (value - (b[index] ?? Number.NaN)) ** 2;
  });
  return Math.sqrt(sum / a.length);
}
