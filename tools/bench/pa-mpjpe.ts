/**
 * PA-MPJPE of a batch of poses: this package against a batched SVD in NumPy, on the same poses in one run. Needs a
 * Python with NumPy (`PYTHON` names another than python3):
 *
 *     npx tsx -C @pose-rft/source tools/bench/pa-mpjpe.ts
 */
import { createRandom } from '@pose-rft/random';
import { paMpjpeMillimetres } from '@pose-rft/smpl';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const REPETITIONS = 30;
const TARGET_RATIO = 10;

interface Peer {
  readonly microseconds: number;
  readonly numpy: string;
  readonly mean: number;
  readonly last: number;
}

const folder = mkdtempSync(join(tmpdir(), 'pa-mpjpe-'));
try {
  console.log(`microseconds per pose, best of ${REPETITIONS} (Node ${process.versions.node}, one core)`);
  for (const [count, joints] of [
    [256, 14],
    [256, 24],
    [4096, 14],
    [4096, 24],
  ] as const) {
    const poses = createRandom(1).fillNormal(new Float64Array(2 * count * joints * 3));
    // Predictions near their targets, as a trained model's are: a third of the spread apart.
    const half = poses.length / 2;
    for (let index = 0; index < half; index++)
      poses[index] = (poses[half + index] ?? 0) + (poses[index] ?? 0) / 3;
    const own = measure(poses, count, joints);
    const peer = measurePeer(poses, count, joints);
    const difference = Math.max(Math.abs(own.mean - peer.mean), Math.abs(own.last - peer.last));
    if (!(difference < 1e-6)) throw new Error(`the results differ by ${difference} mm`);
    const ratio = peer.microseconds / own.microseconds;
    console.log(
      `${String(count).padStart(5)} poses of ${joints} joints: ${own.microseconds.toFixed(2)}, ` +
        `NumPy ${peer.numpy} ${peer.microseconds.toFixed(2)}: ${ratio.toFixed(1)} times as fast ` +
        `(wanted: ${TARGET_RATIO}); results agree to ${difference.toExponential(0)} mm`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function measure(poses: Float64Array, count: number, joints: number): Omit<Peer, 'numpy'> {
  const stride = 3 * joints;
  const errors = new Float64Array(count);
  let best = Infinity;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const start = performance.now();
    for (let pose = 0; pose < count; pose++) {
      errors[pose] = paMpjpeMillimetres(poses, pose * stride, poses, (count + pose) * stride, joints);
    }
    best = Math.min(best, performance.now() - start);
  }
  return {
    microseconds: (1000 * best) / count,
    mean: errors.reduce((sum, error) => sum + error, 0) / count,
    last: errors[count - 1] ?? Number.NaN,
  };
}

function measurePeer(poses: Float64Array, count: number, joints: number): Peer {
  const path = join(folder, 'poses.bin');
  writeFileSync(path, poses);
  const script = resolve(import.meta.dirname, 'pa_mpjpe_numpy.py');
  const output = execFileSync(process.env['PYTHON'] ?? 'python3', [
    script,
    path,
    ...[count, joints, REPETITIONS].map(String),
  ]);
  return JSON.parse(output.toString()) as Peer;
}
