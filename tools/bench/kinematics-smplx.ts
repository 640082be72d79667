// node --expose-gc --conditions=@pose-rft/source --import tsx tools/bench/kinematics-smplx.ts [python [rounds]]
// Body kinematics against smplx on PyTorch with two threads (this side has one): the same model of SMPL's size, the same
// poses, measured in turns in one run, the fastest calls of each. Elapsed time suffers when other work shares the
// machine; processor time hardly does: there the peer runs with one thread, and is credited half of its time, as if two
// threads were twice as fast. The floors are what this machine's memory and one core's vector units allow, measured just before.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
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

/** Seconds of the fastest call. */
interface Timing {
  readonly elapsed: number;
  readonly processor: number;
}
type PeerTimings = Readonly<
  Record<'1' | '256', Readonly<Record<'vertices' | 'joints' | 'jointsAlone' | 'regressed', Timing>>>
>;

const ROUNDS = Number(process.argv[3] ?? 3);
const SECONDS = 1;
const python = process.argv[2] ?? 'python3';
const script = join(import.meta.dirname, 'kinematics_smplx.py');
const folder = mkdtempSync(join(tmpdir(), 'kinematics-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true });
});
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
const changing = createSkinning(identity);
/** As smplx, which computes the shape in every call. */
const shapeInEachCall: Task = (batch) => {
  changing.useIdentity(prepareIdentity(body, { betas }));
  changing.verticesFromAxisAngle(poses, 0, vertices, 0, batch);
};

const loadBefore = loadavg()[0] ?? 0;
const floors = measureFloors();
const rows: readonly (readonly [string, keyof PeerTimings['1'], Task])[] = [
  ['vertices', 'vertices', compiled.vertices],
  ['vertices, shape computed in each call', 'vertices', shapeInEachCall],
  ['vertices, plain JavaScript', 'vertices', plain.vertices],
  ['24 joints', 'joints', skeletonOnly],
  ['24 joints, peer without surface', 'jointsAlone', skeletonOnly],
  ['17 regressed joints', 'regressed', compiled.regressed],
  ['17 regressed joints, plain JavaScript', 'regressed', plain.regressed],
];
const ours = new Map<string, Timing>();
const peer = new Map<string, Timing>();
for (let round = 0; round < ROUNDS; round++) {
  console.error(`round ${round + 1} of ${ROUNDS}`);
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
const memory = memoryOfLargeBatch();

console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus()[0]?.model ?? ''} x ${cpus().length}, ` +
    `load ${loadBefore.toFixed(1)} before and ${(loadavg()[0] ?? 0).toFixed(1)} after.`,
);
console.log(
  `Milliseconds of the fastest call in ${ROUNDS} round(s); smplx with two threads, and one thread's time halved.`,
);
console.log(
  `Floors: one core reads ${floors.readGigabytesPerSecond.toFixed(1)} GB/s and multiplies and adds at ${floors.gigaflops.toFixed(1)} GFLOP/s.\n`,
);
console.log(
  'batch  task'.padEnd(46) +
    ['elapsed', 'smplx', 'ratio', 'processor', 'smplx', 'ratio'].map(column).join(''),
);
for (const batch of [1, 256] as const)
  for (const [name, peerName] of rows) {
    const mine = ours.get(`${name}/${batch}`) as Timing;
    const theirs = peer.get(`${peerName}/${batch}`) as Timing;
    const cells = [
      shown(mine.elapsed),
      shown(theirs.elapsed),
      `${(theirs.elapsed / mine.elapsed).toFixed(1)}x`,
      shown(mine.processor),
      shown(theirs.processor / 2),
      `${(theirs.processor / 2 / mine.processor).toFixed(1)}x`,
    ];
    console.log(`${String(batch).padStart(5)}  ${name.padEnd(39)}${cells.map(column).join('')}`);
  }
console.log('');
for (const batch of [1, 256]) {
  const mine = (ours.get(`vertices/${batch}`) as Timing).processor;
  const floor = floorOfVertices(batch);
  console.log(
    `vertices, batch ${batch}: floor ${shown(floor)} ms; ${(mine / floor).toFixed(2)} times that in processor time`,
  );
}
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
    elapsed: Math.min(timing.elapsed, known?.elapsed ?? Infinity),
    processor: Math.min(timing.processor, known?.processor ?? Infinity),
  });
}

function time(task: () => void): Timing {
  task();
  const begin = performance.now();
  task();
  // Short tasks are repeated within one measurement, to be well above the clocks' resolution.
  const repetitions = Math.max(1, Math.ceil(2 / Math.max(performance.now() - begin, 1e-3)));
  let elapsed = Infinity;
  let processor = Infinity;
  for (let run = 0; run < 3 || performance.now() - begin < 1000 * SECONDS; run++) {
    const usage = process.cpuUsage();
    const start = performance.now();
    for (let i = 0; i < repetitions; i++) task();
    elapsed = Math.min(elapsed, (performance.now() - start) / 1e3 / repetitions);
    const { user, system } = process.cpuUsage(usage);
    processor = Math.min(processor, (user + system) / 1e6 / repetitions);
  }
  return { elapsed, processor };
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

/** Milliseconds. */
function shown(seconds: number): string {
  return (1000 * seconds).toFixed(seconds < 1e-4 ? 4 : seconds < 1e-2 ? 3 : 1);
}

function column(text: string): string {
  return text.padStart(11);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
