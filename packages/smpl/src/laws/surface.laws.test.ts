import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identityOf } from '../body/body-identity.js';
import { syntheticBody } from '../body/synthetic-body.js';
import { readBodyModel } from '../files/body-model-file.js';
import { createJointRegression } from '../kinematics/joint-regression.js';
import { createSkinning } from '../kinematics/skinning.js';
import { surfaceLaws } from './surface-laws.js';

const golden = (file: string): Buffer => readFileSync(new URL(`../__golden__/${file}`, import.meta.url));
const smplx = readBodyModel(golden('smplx-400.npz'), 'smplx-400.npz');

describe('the laws of surfaces hold for', () => {
  it.each(surfaceLaws(syntheticBody()))('the synthetic body: $name', ({ check }) => {
    check({ numRuns: 12 });
  });
  it.each(surfaceLaws(smplx))('a model with hands, face and pose directions: $name', ({ check }) => {
    check({ numRuns: 50 });
  });
});

describe('the laws of surfaces', () => {
  it('catch a regression that forgets how the pose changes the shape', () => {
    const { poseDirections: _, ...rigid } = smplx;
    const broken = surfaceLaws(smplx, {
      createSkinning,
      createJointRegression: (body, regressor, options) => {
        const { skeleton, restVerticesMetres } = identityOf(body);
        return createJointRegression({ body: rigid, skeleton, restVerticesMetres }, regressor, options);
      },
    }).filter(({ check }) => {
      try {
        check({ numRuns: 50, seed: 1 });
        return false;
      } catch {
        return true;
      }
    });
    expect(broken.map(({ name }) => name)).toEqual([
      'joints regressed without the surface are those of the surface',
    ]);
  });
});
