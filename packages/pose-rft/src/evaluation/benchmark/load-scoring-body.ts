import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  HMR2_14_PROTOCOL,
  HUMAN36M_14_PROTOCOL,
  numbersOf,
  readBodyModel,
  readNpy,
  readPickle,
  sparseRowsFromDense,
  type BodyModel,
} from '@pose-rft/smpl';
import {
  modelScoringBody,
  ScoringBodyError,
  type ScoringBody,
  type ScoringRegressor,
} from './scoring-body.js';

const MODEL_FILE = /(neutral|female|male)[^/]*\.(?:pkl|npz)$|basicmodel_([mf])_[^/]*\.(?:pkl|npz)$/i;
const BY_LETTER: Readonly<Record<string, 'male' | 'female'>> = { m: 'male', f: 'female' };

/** How many joints the first row of a known regressor belongs to, and under which protocol. */
const REGRESSORS: ReadonlyMap<number, Pick<ScoringRegressor, 'protocol' | 'firstJoint'>> = new Map([
  [17, { protocol: HUMAN36M_14_PROTOCOL, firstJoint: 0 }],
  [19, { protocol: HMR2_14_PROTOCOL, firstJoint: 25 }],
]);

/**
 * SMPL as its authors hand it out, to score poses on: a folder with the neutral model, and the male and female ones if
 * people have genders; and, for the published protocols, a regressor of joints: `J_regressor_h36m.npy` (17 joints: HMR's
 * and SPIN's 14) or `SMPL_to_J19.pkl` (19 joints: HMR 2.0's 14).
 *
 * @throws ScoringBodyError if the folder has no neutral model, or the regressor is none of the two
 * @throws DataFileError (of `@pose-rft/smpl`) if a file is broken
 */
export async function loadScoringBody(folder: string, regressorFile?: string): Promise<ScoringBody> {
  const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new ScoringBodyError(
      `${folder} cannot be read (${error instanceof Error ? error.message : String(error)}); give the folder of SMPL's models with --bodies DIR.`,
      { cause: error },
    );
  });
  const models: Partial<Record<'neutral' | 'male' | 'female', BodyModel>> = {};
  for (const name of names.sort()) {
    const [, word, letter] = MODEL_FILE.exec(name) ?? [];
    const gender = (word?.toLowerCase() ?? BY_LETTER[letter?.toLowerCase() ?? '']) as
      keyof typeof models | undefined;
    if (gender === undefined || models[gender] !== undefined) continue;
    models[gender] = readBodyModel(await readFile(join(folder, name)), name);
  }
  const { neutral, male, female } = models;
  if (neutral === undefined)
    throw new ScoringBodyError(
      `${folder} has no neutral SMPL model (SMPL_NEUTRAL.pkl or .npz): it comes from https://smpl.is.tue.mpg.de (registration).`,
    );
  const regressor = regressorFile === undefined ? undefined : await readRegressor(regressorFile);
  return modelScoringBody({ neutral, ...(male && { male }), ...(female && { female }) }, regressor);
}

async function readRegressor(file: string): Promise<ScoringRegressor> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new ScoringBodyError(
      `${file} cannot be read (${error instanceof Error ? error.message : String(error)}); give a regressor with --joint-regressor FILE.`,
      { cause: error },
    );
  });
  const array = file.endsWith('.npy')
    ? readNpy(bytes, file)
    : numbersOf(readPickle(bytes, file), { file, field: 'the regressor' });
  const [rowCount = 0, columnCount = 0] = array.shape;
  const known = REGRESSORS.get(rowCount);
  if (!('data' in array) || array.shape.length !== 2 || known === undefined)
    throw new ScoringBodyError(
      `${file} holds [${array.shape.join(', ')}]; expected [17, V] (J_regressor_h36m.npy) or [19, V] (SMPL_to_J19.pkl).`,
    );
  return { ...known, rows: sparseRowsFromDense(array.data, rowCount, columnCount) };
}
