import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identityOf } from '../body/body-identity.js';
import { readBodyModel } from '../files/body-model-file.js';
import { selectRest, selectVertices } from './select-vertices.js';

const body = readBodyModel(readFileSync(new URL('../__golden__/smpl.pkl', import.meta.url)), 'smpl.pkl');
const identity = identityOf(body);
const { poseDirections: _, ...rigid } = body;

describe('selectVertices', () => {
  it('takes all as they are, without a copy', () => {
    const all = selectVertices(identity, undefined);
    expect(all.count).toBe(8);
    expect(all.restMetres).toBe(identity.restVerticesMetres);
    expect(all.poseDirections).toBe(body.poseDirections);
    expect(all.influences).toBe(body.skinning);
    expect(all.jointCount).toBe(24);
  });

  it('takes the rows of the chosen, in their order, of everything', () => {
    const chosen = [6, 1, 6];
    const some = selectVertices(identity, chosen);
    const rows = (numbers: ArrayLike<number>, width: number): number[] =>
      chosen.flatMap((vertex) => Array.from(numbers).slice(vertex * width, (vertex + 1) * width));
    const { influenceCount, joints, weights } = body.skinning;
    expect(some.count).toBe(3);
    expect(some.jointCount).toBe(24);
    expect(Array.from(some.restMetres)).toEqual(rows(identity.restVerticesMetres, 3));
    expect(some.influences?.influenceCount).toBe(influenceCount);
    expect(Array.from(some.influences?.joints ?? [])).toEqual(rows(joints, influenceCount));
    expect(Array.from(some.influences?.weights ?? [])).toEqual(rows(weights, influenceCount));
    const directions = body.poseDirections as Float32Array;
    expect(Array.from(some.poseDirections ?? [])).toEqual(
      Array.from({ length: 9 * 23 }, (_row, row) =>
        rows(directions.subarray(24 * row, 24 * (row + 1)), 3),
      ).flat(),
    );
  });

  it('has no pose directions where the body has none', () => {
    expect(selectVertices(identityOf(rigid), [1, 2]).poseDirections).toBeUndefined();
    expect(selectVertices(identityOf(rigid), undefined).poseDirections).toBeUndefined();
  });
});

describe('selectRest', () => {
  it('takes rows in order, or all as they are', () => {
    const rest = Float32Array.from({ length: 12 }, (_number, i) => i);
    expect(selectRest(rest, undefined)).toBe(rest);
    expect(Array.from(selectRest(rest, [3, 0]))).toEqual([9, 10, 11, 0, 1, 2]);
    expect(selectRest(rest, []).length).toBe(0);
  });
});
