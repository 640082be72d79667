// node --expose-gc --conditions=@pose-rft/source --import tsx tools/bench/kinematics-smplx.ts [python]
// Body kinematics against smplx on PyTorch with two threads (this side has one): the same model of SMPL's size, the same
// poses, measured in turns in one run. Fastest calls, which other work on the machine disturbs least, and medians.
// The floors are what this machine's memory and one core's vector units allow, measured just before.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createJointRegression,
  createKinematics,
  createSkinning,
  precomputeJointRegression,
  prepareIdentity,
  readBodyModel,
  readNpz,
  sparseRowsFromDense,
  vertexCount,
  type SurfaceImplementation,
} from '@pose-rft/smpl';
import { measureFloors } from './machine-floors.js';

interface Timing {
  readonly best: number;
  readonly median: number;
}
type PeerTimings = Readonly<
  Record<'1' | '256', Readonly<Record<'vertices' | 'joints' | 'jointsAlone' | 'regressed', Timing>>>
>;

const ROUNDS = 3;
const SECONDS = 1.5;
const python = process.argv[2] ?? 'python3';
const script = join(import.meta.dirname, 'kinematics_smplx.py');
const folder = mkdtempSync(join(tmpdir(), 'kinematics-'));
const runPeer = (...args: readonly string[]): string =>
  execFileSync(python, [script, folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

runPeer('model');
const body = readBodyModel(readFileSync(join(folder, 'model.npz')), 'model.npz');
const inputs = readNpz(readFileSync(join(folder, 'poses.npz')), 'poses.npz');
const poses = Float32Array.from(inputs.readNumbers('poses').data);
const betas = Array.from(inputs.readNumbers('betas').data);
const dense = readNpz(readFileSync(join(folder, 'regressor.npz')), 'regressor.npz').readNumbers('regressor');
const size = 3 * vertexCount(body);
const identity = prepareIdentity(body, { betas });
const kinematics = createKinematics(identity.skeleton);
const maps = precomputeJointRegression(body, sparseRowsFromDense(dense.data, 17, vertexCount(body)));
const joints = new Float32Array(256 * 72);
const vertices = new Float32Array(256 * size);

type Task = (batch: number) => void;
const surface = (implementation: SurfaceImplementation): { vertices: Task; regressed: Task } => {
  const skinning = createSkinning(identity, { implementation });
  const regression = createJointRegression(identity, maps, { implementation });
  return {
    vertices: (batch) => skinning.verticesFromAxisAngle(poses, 0, vertices, 0, batch),
    regressed: (batch) => regression.jointsFromAxisAngle(poses, 0, joints, 0, batch),
  };
};
const compiled = surface('compiled');
const plain = surface('plain');
const skeletonOnly: Task = (batch) => {
  for (let pose = 0; pose < batch; pose++)
    kinematics.jointsFromAxisAngle(poses, 72 * pose, joints, 72 * pose);
};
const newShape: Task = (batch) => {
  for (let pose = 0; pose < batch; pose++) prepareIdentity(body, { betas });
};

const floors = measureFloors();
const rows: readonly (readonly [string, keyof PeerTimings['1'], Task])[] = [
  ['vertices', 'vertices', compiled.vertices],
  ['vertices, plain JavaScript', 'vertices', plain.vertices],
  ['24 joints', 'joints', skeletonOnly],
  ['24 joints, peer without surface', 'jointsAlone', skeletonOnly],
  ['17 regressed joints', 'regressed', compiled.regressed],
  ['17 regressed joints, plain JavaScript', 'regressed', plain.regressed],
];
const ours = new Map<string, Timing>();
const peer = new Map<string, Timing>();
for (let round = 0; round < ROUNDS; round++) {
  const answers = JSON.parse(lastLine(runPeer('measure', String(SECONDS)))) as PeerTimings;
  for (const batch of [1, 256] as const)
    for (const [name, peerName, task] of rows) {
      keepBest(peer, `${peerName}/${batch}`, answers[`${batch}`][peerName]);
      keepBest(
        ours,
        `${name}/${batch}`,
        time(() => task(batch)),
      );
    }
}
const shapeSeconds = time(() => newShape(1)).best;
const memory = memoryOfLargeBatch();
rmSync(folder, { recursive: true });

console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus()[0]?.model ?? ''} x ${cpus().length}, one thread here, two in PyTorch.`,
);
console.log(`Best of ${ROUNDS} rounds, median in parentheses; milliseconds a call.`);
console.log(
  `Floors: one core reads ${floors.readGigabytesPerSecond.toFixed(1)} GB/s and multiplies and adds at ${floors.gigaflops.toFixed(1)} GFLOP/s.\n`,
);
console.log(`${'batch  task'.padEnd(46)}${'here'.padStart(18)}${'smplx'.padStart(20)}${'ratio'.padStart(9)}`);
for (const batch of [1, 256] as const)
  for (const [name, peerName] of rows) {
    const mine = ours.get(`${name}/${batch}`) as Timing;
    const theirs = peer.get(`${peerName}/${batch}`) as Timing;
    console.log(
      `${String(batch).padStart(5)}  ${name.padEnd(39)}${shown(mine).padStart(18)}${shown(theirs).padStart(20)}` +
        `${(theirs.best / mine.best).toFixed(1).padStart(8)}x`,
    );
  }
console.log('');
for (const batch of [1, 256]) {
  const mine = (ours.get(`vertices/${batch}`) as Timing).best;
  const floor = floorOfVertices(batch);
  console.log(
    `vertices, batch ${batch}: ${(1000 * floor).toFixed(2)} ms floor, ${(mine / floor).toFixed(2)} times that`,
  );
}
console.log(`another shape (10 coefficients): ${(1000 * shapeSeconds).toFixed(2)} ms`);
console.log(
  `a call for 1024 surfaces: output ${megabytes(memory.output)}, memory beyond it ${megabytes(memory.beyond)} ` +
    `(${((100 * memory.beyond) / memory.output).toFixed(1)} %)`,
);

/** The larger of reading the pose directions once and multiplying them with every pose, and blending and skinning. */
function floorOfVertices(batch: number): number {
  const bytes = 4 * 207 * size + (batch === 1 ? 0 : 4 * size * batch);
  const operations = batch * (2 * 207 * size + (size / 3) * (4 * 24 + 18));
  return Math.max(bytes / (1e9 * floors.readGigabytesPerSecond), operations / (1e9 * floors.gigaflops));
}

/** smplx warns on standard output. */
function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function keepBest(into: Map<string, Timing>, name: string, timing: Timing): void {
  const known = into.get(name);
  into.set(name, {
    best: Math.min(timing.best, known?.best ?? Infinity),
    median: Math.min(timing.median, known?.median ?? Infinity),
  });
}

function time(task: () => void): Timing {
  task();
  const times: number[] = [];
  const begin = performance.now();
  // Short tasks are repeated within one measurement, to be well above the clock's resolution.
  const once = performance.now() - begin;
  const repetitions = Math.max(1, Math.ceil(0.2 / Math.max(once, 1e-3)));
  while (times.length < 5 || performance.now() - begin < 1000 * SECONDS) {
    const start = performance.now();
    for (let i = 0; i < repetitions; i++) task();
    times.push((performance.now() - start) / 1000 / repetitions);
  }
  times.sort((a, b) => a - b);
  return { best: times[0] as number, median: times[times.length >> 1] as number };
}

/** Growth of the process during one large call, beyond the array that it writes. */
function memoryOfLargeBatch(): { readonly output: number; readonly beyond: number } {
  const skinning = createSkinning(identity);
  const output = new Float32Array(1024 * size).fill(1);
  skinning.verticesFromAxisAngle(poses, 0, output, 0, 1);
  (globalThis as { readonly gc?: () => void }).gc?.();
  const held = (): number => {
    const { rss } = process.memoryUsage();
    return rss;
  };
  const before = held();
  skinning.verticesFromAxisAngle(poses, 0, output, 0, 1024);
  return { output: output.byteLength, beyond: Math.max(0, held() - before) };
}

function shown({ best, median }: Timing): string {
  const digits = best < 1e-3 ? 4 : best < 0.1 ? 2 : 1;
  return `${(1000 * best).toFixed(digits)} (${(1000 * median).toFixed(digits)})`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
