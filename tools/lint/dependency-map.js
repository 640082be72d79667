/**
 * Which workspace packages each package may import: the arrows of the project's map, in one place. ESLint enforces
 * them (`eslint.config.js`), and `dependency-map.test.ts` holds them against every `package.json`.
 *
 * Keys and values are folder names under `packages/`; only `pose-rft` is published without the scope.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const DEPENDENCY_MAP = {
  random: [],
  tensor: ['random'],
  'hybrid-actions': ['tensor', 'random'],
  hygrpo: ['hybrid-actions', 'tensor', 'random'],
  smpl: ['random'],
  'text-pose': ['smpl', 'random'],
  rewards: ['smpl', 'text-pose', 'random'],
  mllm: ['tensor', 'hybrid-actions', 'smpl', 'random'],
  datasets: ['smpl', 'text-pose', 'random'],
  'pose-rft': [
    'tensor',
    'hybrid-actions',
    'hygrpo',
    'smpl',
    'text-pose',
    'rewards',
    'mllm',
    'datasets',
    'random',
  ],
};

/**
 * Entries of a package that may import more than the rest of it: what they import is an optional peer, and importing the
 * package without the entry never loads it. Package, then the entry's file and folder under `src/`.
 * @type {Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>}
 */
export const FURTHER_ENTRIES = {
  // Kinematics, metrics and rewards run without a tensor engine; training with them does not.
  smpl: { differentiable: ['tensor'] },
  // Captions and constraints are plain arithmetic; the learned judges of them are not.
  'text-pose': { retrieval: ['tensor'] },
};

/** All that some file of the package in `packages/{folder}` may import. @param {string} folder @returns {string[]} */
export function importableSomewhere(folder) {
  return [...(DEPENDENCY_MAP[folder] ?? []), ...Object.values(FURTHER_ENTRIES[folder] ?? {}).flat()];
}

/** The npm name of the package in `packages/{folder}`. @param {string} folder */
export function packageName(folder) {
  return folder === 'pose-rft' ? folder : `@pose-rft/${folder}`;
}

/** The one package that may import `@tensorflow/*`: everything else takes tensors from it. */
export const TENSOR_OWNER = 'tensor';
