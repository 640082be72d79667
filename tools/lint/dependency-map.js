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

/** The npm name of the package in `packages/{folder}`. @param {string} folder */
export function packageName(folder) {
  return folder === 'pose-rft' ? folder : `@pose-rft/${folder}`;
}

/** The one package that may import `@tensorflow/*`: everything else takes tensors from it. */
export const TENSOR_OWNER = 'tensor';
