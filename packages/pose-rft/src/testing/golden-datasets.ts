import { resolve } from 'node:path';

/** Small folders in the very formats of the data sets, made by `tools/parity/datasets/generate.py`. */
export const GOLDEN_DATASETS = resolve(import.meta.dirname, '../../../../tools/parity/datasets/golden');
