import { describe, expect, it } from 'vitest';
import { syntheticBody } from '../body/synthetic-body.js';
import { createSkinning } from '../kinematics/skinning.js';
import { readBodyModel } from './body-model-file.js';
import { DataFileError } from './data-file-error.js';
import { tinyModelFields } from '../__golden__/tiny-model.js';
import { writeBodyModel } from './write-body-model.js';
import { writeNpz, type ArrayToWrite } from './write-npz.js';

const fields = tinyModelFields();

function read(
  changes: Readonly<Record<string, ArrayToWrite | undefined>> = {},
): ReturnType<typeof readBodyModel> {
  const entries = Object.entries({ ...fields, ...changes });
  const present = entries.filter((entry): entry is [string, ArrayToWrite] => entry[1] !== undefined);
  return readBodyModel(writeNpz(Object.fromEntries(present)), 'models/Tiny_Model.npz');
}

function changed(name: string, place: number, value: number): ArrayToWrite {
  const { shape, data } = fields[name] as ArrayToWrite;
  const copy = Float64Array.from(data);
  copy[place] = value;
  return { shape, data: copy };
}

describe('readBodyModel', () => {
  it('reads what writeBodyModel wrote', () => {
    const body = syntheticBody();
    const again = readBodyModel(writeBodyModel(body), 'synthetic.npz');
    expect(again.name).toBe('synthetic');
    expect(again.skeleton.parents).toEqual(body.skeleton.parents);
    expect(again.templateMetres).toEqual(body.templateMetres);
    expect(again.faces).toEqual(body.faces);
    expect(again.skinning).toEqual(body.skinning);
    expect(again.shapeSpace?.shapeDirections).toEqual(body.shapeSpace?.shapeDirections);
  });

  it('takes pose directions in both layouts', () => {
    const body = read();
    const rows = body.poseDirections as Float32Array;
    const other = read({ posedirs: { shape: [9, 12], data: Float64Array.from(rows) } });
    expect(other.poseDirections).toEqual(rows);
    expect(rows[12 * 2 + 5]).toBeCloseTo((fields['posedirs'] as ArrayToWrite).data[5 * 9 + 2] as number, 6);
  });

  it('names itself after the file, and its joints by number if their count is unknown', () => {
    const body = read();
    expect(body.name).toBe('Tiny_Model');
    expect(body.skeleton.names).toEqual(['joint_0', 'joint_1']);
    expect(body.skeleton.parents).toEqual(Int32Array.of(-1, 0));
  });

  it('keeps as many shape coefficients as asked for', () => {
    const bytes = writeNpz(fields);
    const one = readBodyModel(bytes, 'tiny.npz', { shapeCount: 1, name: 'mine' });
    const split = readBodyModel(bytes, 'tiny.npz', { expressionCount: 2 });
    const all = readBodyModel(bytes, 'tiny.npz').shapeSpace;
    expect(one.name).toBe('mine');
    expect(one.shapeSpace?.shapeDirections).toEqual(all?.shapeDirections.slice(0, 12));
    expect([split.shapeSpace?.coefficientCount, split.shapeSpace?.expressionCount]).toEqual([1, 2]);
    expect(() => readBodyModel(bytes, 'tiny.npz', { expressionCount: 4 })).toThrow(
      /4 coefficients of expression/,
    );
  });

  it('can be skinned', () => {
    const vertices = new Float32Array(12);
    createSkinning(read()).verticesFromAxisAngle(new Float64Array(6), 0, vertices, 0);
    expect(vertices.every(Number.isFinite)).toBe(true);
  });

  it.each<[string, string, ArrayToWrite | undefined, RegExp]>([
    [
      'is missing',
      'posedirs',
      undefined,
      /posedirs: expected a field of this name, found only v_template, f,/,
    ],
    [
      'is not finite',
      'v_template',
      changed('v_template', 4, NaN),
      /v_template: expected finite numbers, found NaN at place 4/,
    ],
    [
      'is flat',
      'v_template',
      { shape: [12], data: new Float64Array(12) },
      /v_template: expected shape \[12, 3\], found \[12\]/,
    ],
    [
      'names a vertex too many',
      'f',
      { shape: [1, 3], data: Int32Array.of(0, 1, 4) },
      /f: expected vertices between 0 and 3, found 4/,
    ],
    ['names half a vertex', 'f', changed('f', 0, 0.5), /f: expected vertices/],
    [
      'does not sum to one',
      'weights',
      changed('weights', 3, 0.9),
      /weights that sum to 1 for each vertex, found 1\.\d+ for vertex 1/,
    ],
    [
      'has a row too few',
      'weights',
      { shape: [3, 2], data: new Float64Array(6) },
      /weights: expected shape \[4, 2\], found \[3, 2\]/,
    ],
    [
      'has a column too many',
      'J_regressor',
      { shape: [2, 5], data: new Float64Array(10) },
      /J_regressor: expected shape \[2, 4\]/,
    ],
    [
      'has a parent after its child',
      'kintree_table',
      changed('kintree_table', 1, 1),
      /a parent of joint 1 between 0 and 0, found 1/,
    ],
    [
      'is out of order',
      'kintree_table',
      changed('kintree_table', 2, 1),
      /joint 0 in column 0, found joint 1/,
    ],
    [
      'has no joints',
      'kintree_table',
      { shape: [2, 0], data: new Float64Array(0) },
      /1 to 255 joints, found 0/,
    ],
    [
      'is of another skeleton',
      'posedirs',
      { shape: [4, 3, 207], data: new Float32Array(2484) },
      /shape \[4, 3, 9\] or \[9, 12\], found \[4, 3, 207\]/,
    ],
    [
      'is of other vertices',
      'shapedirs',
      { shape: [5, 3, 2], data: new Float32Array(30) },
      /shapedirs: expected shape \[4, 3, B\]/,
    ],
    ['is empty', 'shapedirs', { shape: [4, 3, 0], data: new Float32Array(0) }, /shapedirs: expected shape/],
    [
      'is short',
      'hands_meanl',
      { shape: [44], data: new Float64Array(44) },
      /hands_meanl: expected shape \[45\], found \[44\]/,
    ],
  ])('says which field %s: %s', (_, name, value, message) => {
    const hands = {
      hands_meanl: { shape: [45], data: new Float64Array(45) },
      hands_componentsl: { shape: [1, 45], data: new Float64Array(45) },
    };
    const load = (): unknown => read({ ...hands, [name]: value });
    expect(load).toThrow(DataFileError);
    expect(load).toThrow(message);
    expect(load).toThrow(/^models\/Tiny_Model\.npz: /);
  });

  it('says so when the file is no model', () => {
    const bytes = new TextEncoder().encode('I1\n.');
    expect(() => readBodyModel(bytes, 'one.pkl')).toThrow(/a dictionary of arrays, found another value/);
    expect(() => readBodyModel(new Uint8Array(), 'empty.pkl')).toThrow(DataFileError);
  });
});
