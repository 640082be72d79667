import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createRandom } from '@pose-rft/random';
import { syntheticBody } from '../body/synthetic-body.js';
import { quaternionToMatrix } from '../rotation/quaternion.js';
import { axisAngleToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { JOINT_NAMES, PARENTS } from '../skeleton/joints.js';
import { writeGlb } from './glb.js';
import { PoseFramesError } from './pose-frames.js';

interface ValidationReport {
  readonly issues: { readonly numErrors: number; readonly numWarnings: number; readonly messages: unknown[] };
  readonly info: { readonly totalVertexCount: number; readonly animationCount: number };
}
const validator = createRequire(import.meta.url)('gltf-validator') as {
  validateBytes(bytes: Uint8Array): Promise<ValidationReport>;
};

interface Gltf {
  readonly nodes: {
    readonly name: string;
    readonly children?: number[];
    readonly rotation?: number[];
    readonly translation?: number[];
  }[];
  readonly animations?: {
    readonly channels: {
      readonly target: { readonly node: number; readonly path: string };
      readonly sampler: number;
    }[];
    readonly samplers: { readonly output: number }[];
  }[];
  readonly accessors: { readonly bufferView: number; readonly count: number }[];
  readonly bufferViews: { readonly byteOffset: number; readonly byteLength: number }[];
}

function parse(glb: Uint8Array): { json: Gltf; binary: Uint8Array } {
  const view = new DataView(glb.buffer, glb.byteOffset);
  const length = view.getUint32(12, true);
  return {
    json: JSON.parse(new TextDecoder().decode(glb.subarray(20, 20 + length))) as Gltf,
    binary: glb.slice(28 + length),
  };
}

const body = syntheticBody();

function randomPoses(frames: number): Float32Array {
  const random = createRandom(3);
  const poses = new Float32Array(frames * 144);
  for (let row = 0; row < frames * 24; row++)
    axisAngleToRotation6d(
      Float64Array.from({ length: 3 }, () => random.normal()),
      0,
      poses,
      row * 6,
    );
  return poses;
}

describe('writeGlb', () => {
  it.each([
    ['one pose', 1],
    ['a motion', 5],
  ])('passes the Khronos validator without errors or warnings: %s', async (_, frames) => {
    const rootPositionsMetres = Float32Array.from({ length: frames * 3 }, (__, i) => i / 10);
    const glb = writeGlb(body, randomPoses(frames), { framesPerSecond: 10, rootPositionsMetres });
    const { issues, info } = await validator.validateBytes(glb);
    expect(issues.messages).toEqual([]);
    expect(issues.numErrors + issues.numWarnings).toBe(0);
    expect(info.totalVertexCount).toBe(body.templateMetres.length / 3);
    expect(info.animationCount).toBe(frames > 1 ? 1 : 0);
  });

  it("names the nodes after SMPL's joints, in its tree, with the rest bones and the pose", () => {
    const poses = randomPoses(1);
    const { json } = parse(writeGlb(body, poses));
    expect(json.nodes.slice(0, 24).map(({ name }) => name)).toEqual([...JOINT_NAMES]);
    json.nodes.slice(0, 24).forEach((node, joint) => {
      for (const child of node.children ?? []) expect(PARENTS[child]).toBe(joint);
      const expected = new Float64Array(9);
      const found = new Float64Array(9);
      rotation6dToMatrix(poses, joint * 6, expected, 0);
      quaternionToMatrix(Float64Array.from(node.rotation ?? []), 0, found, 0);
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] as number, 5);
      });
    });
    expect(json.nodes.flatMap(({ children }) => children ?? [])).toHaveLength(23);
    expect(json.nodes[4]?.translation?.[1]).toBeCloseTo(-0.384, 6);
  });

  it('interpolates the short way: successive quaternions lie on the same half of the sphere', () => {
    const frames = 40;
    const poses = new Float32Array(frames * 144);
    for (let frame = 0; frame < frames; frame++)
      for (let joint = 0; joint < 24; joint++)
        axisAngleToRotation6d(Float64Array.of(0, frame * 0.3, 0), 0, poses, frame * 144 + joint * 6);
    const { json, binary } = parse(writeGlb(body, poses));
    const motion = json.animations?.[0];
    expect(motion?.channels).toHaveLength(24);
    const accessor = json.accessors[motion?.samplers[0]?.output ?? -1];
    const { byteOffset, byteLength } = json.bufferViews[accessor?.bufferView ?? -1] ?? {
      byteOffset: 0,
      byteLength: 0,
    };
    const track = new Float32Array(binary.buffer, byteOffset, byteLength / 4);
    expect(track).toHaveLength(frames * 4);
    for (let i = 4; i < track.length; i += 4) {
      const dot = [0, 1, 2, 3].reduce(
        (sum, k) => sum + (track[i + k] as number) * (track[i - 4 + k] as number),
        0,
      );
      expect(dot).toBeCloseTo(Math.cos(0.15), 4);
    }
  });

  it('refuses numbers that are not poses', () => {
    expect(() => writeGlb(body, new Float32Array(143))).toThrow(PoseFramesError);
    expect(() => writeGlb(body, new Float32Array(0))).toThrow(/found 0/);
    const broken = randomPoses(2);
    broken[150] = NaN;
    expect(() => writeGlb(body, broken)).toThrow(/found NaN at number 6 of frame 1/);
    expect(() => writeGlb(body, randomPoses(2), { rootPositionsMetres: new Float32Array(3) })).toThrow(
      /need 6 root position numbers, found 3/,
    );
    expect(() => writeGlb(body, randomPoses(2), { framesPerSecond: 0 })).toThrow(PoseFramesError);
  });
});
