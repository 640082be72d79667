import { Mesh } from 'three';
import { OBJLoader } from 'three/addons/loaders/OBJLoader.js';
import { describe, expect, it } from 'vitest';
import { skinVertices } from '../kinematics/skinning.js';
import { syntheticBody } from '../body/synthetic-body.js';
import { vertexNormals } from '../body/vertex-normals.js';
import { ObjMeshError, writeObj } from './obj.js';

const triangle = { vertices: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1.5, 0), faces: Uint32Array.of(0, 1, 2) };

describe('writeObj', () => {
  it('writes what the format asks for', () => {
    expect(writeObj(triangle, 'one triangle')).toBe(
      'o one_triangle\nv 0.000000 0.000000 0.000000\nv 1.000000 0.000000 0.000000\nv 0.000000 1.500000 0.000000\nf 1 2 3\n',
    );
    expect(writeObj({ ...triangle, normals: Float32Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1) })).toContain(
      'vn 0.000000 0.000000 1.000000\nf 1//1 2//2 3//3\n',
    );
  });

  it('reads in three.js as the same surface', () => {
    const body = syntheticBody();
    const vertices = skinVertices(
      body,
      Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0)),
    );
    const normals = vertexNormals(vertices, body.faces);
    const [object] = new OBJLoader().parse(writeObj({ vertices, faces: body.faces, normals })).children;
    if (!(object instanceof Mesh)) throw new Error('three.js found no mesh');
    const { position, normal } = object.geometry.attributes;
    // three.js lists every corner of every triangle.
    expect(position?.count).toBe(body.faces.length);
    let furthest = 0;
    body.faces.forEach((vertex, corner) => {
      for (let axis = 0; axis < 3; axis++) {
        const at = vertex * 3 + axis;
        const place = position?.getComponent(corner, axis) ?? NaN;
        const direction = normal?.getComponent(corner, axis) ?? NaN;
        furthest = Math.max(
          furthest,
          Math.abs(place - (vertices[at] as number)),
          Math.abs(direction - (normals[at] as number)),
        );
      }
    });
    expect(furthest).toBeLessThan(1e-6);
  });

  it('refuses a mesh that no file can hold', () => {
    expect(() => writeObj({ ...triangle, faces: Uint32Array.of(0, 1, 3) })).toThrow(
      new ObjMeshError('triangle 0 names vertex 3 of 3'),
    );
    expect(() => writeObj({ ...triangle, faces: Uint32Array.of(0, 1) })).toThrow(/come in threes/);
    expect(() => writeObj({ ...triangle, normals: new Float32Array(6) })).toThrow(/found 6/);
    const broken = triangle.vertices.slice();
    broken[4] = NaN;
    expect(() => writeObj({ ...triangle, vertices: broken })).toThrow(/found \(1, NaN, 0\) at 1/);
  });
});
