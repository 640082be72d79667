// npx tsx -C @pose-rft/source tools/parity/smpl/full-size.ts [python]
// Body models of full size (SMPL and SMPL-H 6890 vertices, SMPL-X 10475; random content, and the synthetic body): reads
// the files that generate_bodies.py writes in the official formats, and compares vertices, joints and regressed joints
// with smplx's, in metres. Takes some 300 MB of temporary files, so nothing of it is checked in.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createJointRegression,
  createKinematics,
  createSkinning,
  prepareIdentity,
  readBodyModel,
  sparseRowsFromDense,
  syntheticBody,
  writeBodyModel,
} from '@pose-rft/smpl';

const TOLERANCE_METRES = 1e-5;

interface Answers {
  readonly regressor: readonly number[];
  readonly cases: readonly Readonly<
    Record<
      'betas' | 'expression' | 'axisAngle' | 'vertices' | 'joints' | 'regressedJoints',
      readonly number[]
    >
  >[];
}

const python = process.argv[2] ?? 'python3';
const folder = mkdtempSync(join(tmpdir(), 'body-models-'));
let failed = false;
try {
  writeFileSync(join(folder, 'synthetic.npz'), writeBodyModel(syntheticBody()));
  execFileSync(python, ['tools/parity/smpl/generate_bodies.py', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  console.log(
    'largest difference from smplx in metres'.padEnd(44),
    'vertices   joints     regressed  read in',
  );
  for (const file of readdirSync(folder)
    .filter((name) => !name.endsWith('.json'))
    .sort())
    compare(file);
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;

function compare(file: string): void {
  const start = performance.now();
  const body = readBodyModel(readFileSync(join(folder, file)), file);
  const seconds = (performance.now() - start) / 1000;
  const answers = JSON.parse(
    readFileSync(join(folder, file.replace(/\..*/, '.answers.json')), 'utf8'),
  ) as Answers;
  const largest = [0, 0, 0];
  for (const expected of answers.cases) {
    const identity = prepareIdentity(body, { betas: expected.betas, expression: expected.expression });
    const pose = Float64Array.from(expected.axisAngle);
    const vertices = new Float32Array(expected.vertices.length);
    createSkinning(identity, { rootPosition: 'rest' }).verticesFromAxisAngle(pose, 0, vertices, 0);
    const joints = new Float64Array(expected.joints.length);
    createKinematics(identity.skeleton).jointsFromAxisAngle(pose, 0, joints, 0);
    const root = identity.skeleton.restJointsMetres;
    const rows = sparseRowsFromDense(answers.regressor, 17, vertices.length / 3);
    const regressed = new Float32Array(51);
    createJointRegression(identity, rows, { rootPosition: 'rest' }).jointsFromAxisAngle(
      pose,
      0,
      regressed,
      0,
    );
    [
      difference(vertices, expected.vertices),
      difference(
        joints.map((value, i) => value + (root[i % 3] as number)),
        expected.joints,
      ),
      difference(regressed, expected.regressedJoints),
    ].forEach((value, i) => {
      largest[i] = Math.max(largest[i] as number, value);
    });
  }
  failed ||= largest.some((value) => !(value < TOLERANCE_METRES));
  const size = `${file} (${body.templateMetres.length / 3} vertices, ${body.skeleton.names.length} joints)`;
  console.log(
    size.padEnd(44),
    ...largest.map((value) => value.toExponential(1).padEnd(10)),
    `${seconds.toFixed(2)} s`,
  );
}

function difference(actual: ArrayLike<number>, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (actual[i] as number))), 0);
}
