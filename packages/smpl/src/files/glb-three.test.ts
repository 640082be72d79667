import { AnimationMixer, SkinnedMesh, Vector3 } from 'three';
import { GLTFLoader, type GLTF } from 'three/addons/loaders/GLTFLoader.js';
import { describe, expect, it } from 'vitest';
import { createRandom } from '@pose-rft/random';
import { createSkinning } from '../kinematics/skinning.js';
import { syntheticBody } from '../body/synthetic-body.js';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
import { writeGlb } from './glb.js';

const body = syntheticBody();
const FRAMES = 4;
const FRAMES_PER_SECOND = 10;

function randomMotion(): { pose6d: Float32Array; rootPositionsMetres: Float32Array } {
  const random = createRandom(4);
  const pose6d = new Float32Array(FRAMES * 144);
  for (let row = 0; row < FRAMES * 24; row++)
    axisAngleToRotation6d(
      Float64Array.from({ length: 3 }, () => random.normal()),
      0,
      pose6d,
      row * 6,
    );
  return { pose6d, rootPositionsMetres: Float32Array.from({ length: FRAMES * 3 }, () => random.normal()) };
}

async function load(glb: Uint8Array): Promise<{ gltf: GLTF; mesh: SkinnedMesh }> {
  const gltf = await new GLTFLoader().parseAsync(glb.slice().buffer, '');
  let mesh: SkinnedMesh | undefined;
  gltf.scene.traverse((object) => {
    if (object instanceof SkinnedMesh) mesh = object;
  });
  if (mesh === undefined) throw new Error('three.js found no skinned mesh');
  return { gltf, mesh };
}

/** The largest difference between three.js's skinned vertices and ours, metres. */
function furthest(
  { gltf, mesh }: { gltf: GLTF; mesh: SkinnedMesh },
  expected: Float32Array,
  root: readonly number[],
): number {
  gltf.scene.updateMatrixWorld(true);
  mesh.skeleton.update();
  const place = new Vector3();
  let largest = 0;
  for (let vertex = 0; vertex < expected.length / 3; vertex++) {
    mesh.getVertexPosition(vertex, place).applyMatrix4(mesh.matrixWorld);
    place.toArray().forEach((value, axis) => {
      const wanted = (expected[vertex * 3 + axis] as number) + (root[axis] ?? 0);
      largest = Math.max(largest, Math.abs(value - wanted));
    });
  }
  return largest;
}

describe('writeGlb in three.js', () => {
  it("moves the surface as this package's skinning does, in every frame", async () => {
    const { pose6d, rootPositionsMetres } = randomMotion();
    const loaded = await load(
      writeGlb(body, pose6d, { rootPositionsMetres, framesPerSecond: FRAMES_PER_SECOND }),
    );
    const [clip] = loaded.gltf.animations;
    if (clip === undefined) throw new Error('three.js found no animation');
    expect(clip.duration).toBeCloseTo((FRAMES - 1) / FRAMES_PER_SECOND, 6);
    const mixer = new AnimationMixer(loaded.gltf.scene);
    mixer.clipAction(clip).play();
    const skinning = createSkinning(body);
    const expected = new Float32Array(body.templateMetres.length);
    for (let frame = 0; frame < FRAMES; frame++) {
      // At its very end a looping clip is at its start again.
      mixer.setTime(Math.min(frame / FRAMES_PER_SECOND, clip.duration - 1e-7));
      skinning.verticesFromRotation6d(pose6d, frame * 144, expected, 0);
      const root = Array.from(rootPositionsMetres.subarray(frame * 3, frame * 3 + 3));
      expect(furthest(loaded, expected, root)).toBeLessThan(1e-5);
    }
  });

  it('stands in its first pose without the animation', async () => {
    const { pose6d } = randomMotion();
    const loaded = await load(writeGlb(body, pose6d.subarray(0, 144)));
    const expected = new Float32Array(body.templateMetres.length);
    createSkinning(body).verticesFromRotation6d(pose6d, 0, expected, 0);
    expect(furthest(loaded, expected, [0, 0, 0])).toBeLessThan(1e-5);
  });
});
