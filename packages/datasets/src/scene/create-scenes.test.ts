import { createRandom } from '@pose-rft/random';
import { createKinematics, prepareIdentity, SYNTHETIC_SKELETON, syntheticBody } from '@pose-rft/smpl';
import { projectPoints, type Colour } from '@pose-rft/smpl/render';
import { holds, measure, posecodeIndex } from '@pose-rft/text-pose';
import { describe, expect, test } from 'vitest';
import { samplePose } from '../pose/sample-pose.js';
import { COLOUR_NAMES } from './colour-name.js';
import { createScenes, SceneOptionsError } from './create-scenes.js';
import { posesOfMotions, PoseSourceError } from './pose-source.js';
import { sceneSheet } from './scene-sheet.js';
import { sceneConversation, sceneRecord, type SyntheticScene } from './synthetic-scene.js';
import { VISIBILITY } from './visibility.js';

const maker = createScenes({ seed: 5, split: 'train', pictures: false });
const scenes = Array.from({ length: 300 }, (_, index) => maker.scene(index));
const pictured = createScenes({ seed: 5, split: 'train' });
const standard = createKinematics(SYNTHETIC_SKELETON);

function joints(
  { pose6d, betas }: SyntheticScene,
  globalOrientation: 'identity' | 'pose' = 'pose',
  shape: 'own' | 'standard' = 'own',
): Float32Array {
  const positions = new Float32Array(72);
  const kinematics =
    shape === 'own' ? createKinematics(prepareIdentity(syntheticBody(), { betas }).skeleton) : standard;
  kinematics.jointsFromRotation6d(
    pose6d,
    0,
    positions,
    0,
    globalOrientation === 'identity' ? { globalOrientation } : {},
  );
  return positions;
}

function expectNear(first: ArrayLike<number>, second: ArrayLike<number>, tolerance: number): void {
  expect(first.length).toBe(second.length);
  for (let i = 0; i < first.length; i++)
    if (!(Math.abs((first[i] as number) - (second[i] as number)) <= tolerance))
      expect.fail(`number ${i}: ${String(first[i])} and ${String(second[i])}`);
}

describe('createScenes', () => {
  test('a scene depends on seed, split and index alone, and is the same without its picture', () => {
    for (const index of [3, 0, 7]) {
      const { picture, ...rest } = pictured.scene(index);
      expect(rest).toEqual(scenes[index]);
      expect(picture?.length).toBe(3 * 128 * 128);
      expect(createScenes({ seed: 5, split: 'train' }).scene(index).picture).toEqual(picture);
    }
    const others = [
      createScenes({ seed: 5, split: 'test', pictures: false }),
      createScenes({ seed: 6, split: 'train', pictures: false }),
    ];
    for (const other of others) expect(other.scene(3).pose6d).not.toEqual(scenes[3]?.pose6d);
  });

  test('joints are those of pose and shape, as the camera sees them', () => {
    for (const scene of scenes.slice(0, 60)) {
      expectNear(joints(scene), scene.jointsMetres, 1e-5);
      expectNear(joints(scene, 'identity'), scene.bodyJointsMetres, 1e-5);
    }
  });

  test('keypoints are where the camera projects the joints: x to the right, y down', () => {
    for (const { camera, keypointsPixels, jointsMetres, sizePixels } of scenes.slice(0, 60)) {
      // A camera at the same place in its own axes: looking along -z, the pelvis where it was.
      const pelvis = pelvisInCamera(camera.eye, camera.target);
      const eye = [-pelvis[0], -pelvis[1], -pelvis[2]] as const;
      const own = { ...camera, eye, target: [eye[0], eye[1], eye[2] - 1], up: [0, 1, 0] } as const;
      const pixels = new Float32Array(72);
      projectPoints(jointsMetres, 0, 24, own, { width: sizePixels, height: sizePixels }, pixels, 0);
      for (let joint = 0; joint < 24; joint++)
        if (!Number.isNaN(keypointsPixels[2 * joint])) {
          expect(pixels[3 * joint]).toBeCloseTo(keypointsPixels[2 * joint] as number, 1);
          expect(pixels[3 * joint + 1]).toBeCloseTo(keypointsPixels[2 * joint + 1] as number, 1);
        }
    }
  });

  test('states nothing false, of the body shown and of the standard one', () => {
    for (const scene of scenes) {
      expect(scene.caption.length).toBeGreaterThan(0);
      const onStandard = joints(scene, 'identity', 'standard');
      for (const constraint of scene.constraints) {
        expect(holds(constraint, scene.bodyJointsMetres, 0), scene.caption).toBe(true);
        expect(holds(constraint, onStandard, 0), scene.caption).toBe(true);
      }
    }
  });

  test('says of joints whether they are outside, covered or in sight', () => {
    const counts = [0, 0, 0];
    for (const { visibility, keypointsPixels, sizePixels } of scenes) {
      // Somebody is always to be seen, whatever stands before them.
      expect(visibility.filter((seen) => seen === VISIBILITY.visible).length).toBeGreaterThan(3);
      visibility.forEach((seen, joint) => {
        counts[seen] = (counts[seen] ?? 0) + 1;
        const [x, y] = keypointsPixels.subarray(2 * joint, 2 * joint + 2);
        const isInside = Number(x) >= 0 && Number(y) >= 0 && Number(x) < sizePixels && Number(y) < sizePixels;
        expect(isInside).toBe(seen !== VISIBILITY.outside);
      });
    }
    const share = counts.map((count) => count / (24 * scenes.length));
    expect(share[0]).toBeGreaterThan(0.005);
    expect(share[0]).toBeLessThan(0.15);
    expect(share[1]).toBeGreaterThan(0.1);
    expect(share[1]).toBeLessThan(0.4);
  });

  test('a hand behind the back is covered from the front, and one before the chest is in sight', () => {
    // Only scenes that nothing stands before, seen from the front.
    const frontal = scenes.filter(({ pose6d, questions }) => {
      const frontZ =
        (pose6d[0] as number) * (pose6d[4] as number) - (pose6d[1] as number) * (pose6d[3] as number);
      return frontZ > 0.85 && !questions.some(({ question }) => question.includes('hidden'));
    });
    const hands: { ahead: number; seen: number }[] = frontal.flatMap(({ bodyJointsMetres, visibility }) =>
      [20, 21].map((wrist) => ({
        ahead: bodyJointsMetres[3 * wrist + 2] as number,
        // Above the hips and within the chest's width: what the trunk can cover.
        seen:
          Math.abs(bodyJointsMetres[3 * wrist] as number) < 0.1 &&
          (bodyJointsMetres[3 * wrist + 1] as number) > 0
            ? (visibility[wrist] as number)
            : -1,
      })),
    );
    const before = hands.filter(({ ahead, seen }) => ahead > 0.2 && seen >= 0);
    const behind = hands.filter(({ ahead, seen }) => ahead < -0.12 && seen >= 0);
    expect(before.length).toBeGreaterThan(4);
    expect(before.filter(({ seen }) => seen === 2).length / before.length).toBeGreaterThan(0.7);
    expect(behind.filter(({ seen }) => seen === 2).length).toBeLessThanOrEqual(behind.length / 2);
  });

  test('paints clothes in the colours that it names', () => {
    let asked = 0;
    let right = 0;
    for (let index = 0; index < 120; index++) {
      const scene = pictured.scene(index);
      const { appearance, visibility, keypointsPixels, picture, sizePixels, pose6d } = scene;
      const [red, green, blue]: Colour = COLOUR_NAMES[appearance.top];
      const spread = Math.max(red, green, blue) - Math.min(red, green, blue);
      if (spread < 0.4 || visibility[9] !== VISIBILITY.visible || (pose6d[0] as number) < 0.5) continue;
      const pixel =
        Math.floor(keypointsPixels[19] as number) * sizePixels + Math.floor(keypointsPixels[18] as number);
      const seen = [0, 1, 2].map((channel) => picture?.[3 * pixel + channel] as number);
      asked++;
      if (seen.indexOf(Math.max(...seen)) === [red, green, blue].indexOf(Math.max(red, green, blue))) right++;
    }
    expect(asked).toBeGreaterThan(15);
    expect(right / asked).toBeGreaterThan(0.8);
  });
});

/** The pelvis (the origin) in the axes of a camera without roll. */
function pelvisInCamera(
  eye: readonly number[],
  target: readonly number[],
): readonly [number, number, number] {
  const [ex = 0, ey = 0, ez = 0] = eye;
  const back = [0, 1, 2].map((axis) => (eye[axis] as number) - (target[axis] as number));
  const length = Math.hypot(...back);
  const [bx = 0, by = 0, bz = 0] = back.map((value) => value / length);
  const flat = Math.hypot(bx, bz);
  const [rx, rz] = [bz / flat, -bx / flat];
  const up = [by * rz, bz * rx - bx * rz, -by * rx];
  return [
    -(rx * ex + rz * ez),
    -((up[0] as number) * ex + (up[1] as number) * ey + (up[2] as number) * ez),
    -(bx * ex + by * ey + bz * ez),
  ];
}

describe('questions', () => {
  const all = scenes.flatMap(({ questions }) => questions);
  const answers = (text: string): Set<string> =>
    new Set(all.filter(({ question }) => question.startsWith(text)).map(({ answer }) => answer));

  test('of every kind are asked, and every answer occurs', () => {
    expect(new Set(all.map(({ kind }) => kind))).toEqual(
      new Set(['count', 'which', 'left or right', 'yes or no', 'colour', 'direction']),
    );
    expect(answers("How many of the person's knees")).toEqual(new Set(['None.', 'One.', 'Two.']));
    expect(answers('Which hand is higher')).toEqual(new Set(['The left hand.', 'The right hand.']));
    expect(answers('Are the hands close')).toEqual(new Set(['Yes.', 'No.']));
    expect(answers('Is part of the person hidden')).toEqual(new Set(['Yes.', 'No.']));
    expect(answers('Which way').size).toBe(4);
    expect(answers('What colour is').size).toBeGreaterThan(6);
  });

  test('have true answers', () => {
    const value = (name: string, { bodyJointsMetres }: SyntheticScene): number =>
      measure(posecodeIndex(name), bodyJointsMetres, 0);
    for (const scene of scenes)
      for (const { question, answer } of scene.questions) {
        if (question.startsWith('How many hands')) {
          const high = ['left', 'right'].filter((side) => value(`relativeY:${side}_wrist/head`, scene) > 0.1);
          expect(answer).toBe(`${['None', 'One', 'Two'][high.length] ?? ''}.`);
        }
        if (question.startsWith('Which hand')) {
          const { bodyJointsMetres } = scene;
          const leftIsHigher = (bodyJointsMetres[61] as number) > (bodyJointsMetres[64] as number);
          expect(answer).toBe(leftIsHigher ? 'The left hand.' : 'The right hand.');
        }
        if (question.startsWith('What colour is'))
          expect(answer.toLowerCase()).toBe(`${scene.appearance.top}.`);
        if (question.startsWith("How many of the person's elbows")) {
          const bent = ['left', 'right'].filter((side) => value(`angle:${side}_elbow`, scene) < 140);
          expect(answer).toBe(`${['None', 'One', 'Two'][bent.length] ?? ''}.`);
        }
      }
  });

  test('are not asked where the picture cannot tell', () => {
    for (const { questions, visibility } of scenes)
      for (const { question } of questions) {
        const about = (words: string, ...joints: readonly number[]): void => {
          if (question.includes(words)) for (const joint of joints) expect(visibility[joint]).not.toBe(0);
        };
        about('knee', 4, 5, 7, 8);
        about('elbow', 18, 19, 20, 21);
        about('foot', 7, 8);
        if (question.includes('What colour is')) expect([visibility[6], visibility[9]]).toContain(2);
      }
  });

  test('become a conversation that ends with the pose', () => {
    const scene = scenes.find(({ questions }) => questions.length === 3) as SyntheticScene;
    const turns = sceneConversation(scene);
    expect(turns).toHaveLength(8);
    expect(turns[0]?.text).toBe(`<image>\n${scene.questions[0]?.question ?? ''}`);
    expect(turns.at(-1)).toEqual({ from: 'assistant', text: 'The SMPL pose of this person is <POSE>.' });
    expect(
      createScenes({ seed: 5, split: 'train', pictures: false, questionLimit: 0 }).scene(1).questions,
    ).toEqual([]);
  });
});

describe('sceneRecord', () => {
  test('is a record as the real data sets give: y down, z into the picture', () => {
    for (const scene of scenes.slice(0, 20)) {
      const record = sceneRecord(scene, 'pictures/0.png');
      const metres = new Float32Array(72);
      const { skeleton } = prepareIdentity(syntheticBody(), { betas: scene.betas });
      createKinematics(skeleton).jointsFromAxisAngle(
        record.body?.axisAngles ?? new Float32Array(),
        0,
        metres,
        0,
      );
      expectNear(metres, record.keypoints3d?.metres ?? [], 1e-5);
      expect(record.keypoints3d?.metres[4]).toBeCloseTo(-(scene.jointsMetres[4] as number), 6);
      expect(record.image?.path).toBe('pictures/0.png');
      expect(record.texts).toEqual([scene.caption]);
      expect(sceneRecord(scene).image).toBeUndefined();
    }
  });
});

describe('poses of motions', () => {
  test('are what scenes show', () => {
    const random = createRandom(3);
    const pose6d = new Float32Array(3 * 144);
    for (let frame = 0; frame < 3; frame++) pose6d.set(samplePose(random), 144 * frame);
    const poses = posesOfMotions('three', [{ pose6d }], { frameStride: 2 });
    const made = createScenes({ seed: 1, split: 'test', pictures: false, poses });
    const seen = new Set(Array.from({ length: 12 }, (_, index) => made.scene(index).pose6d.slice(6).join()));
    expect(seen).toEqual(new Set([pose6d.slice(6, 144).join(), pose6d.slice(2 * 144 + 6).join()]));
  });

  test('must be there, and whole', () => {
    expect(() => posesOfMotions('none', [])).toThrow(PoseSourceError);
    expect(() => posesOfMotions('cut', [{ pose6d: new Float32Array(143) }])).toThrow(/143 numbers/);
    expect(() => posesOfMotions('stride', [], { frameStride: 0.5 })).toThrow(/frameStride is 0.5/);
  });
});

test('impossible options are refused', () => {
  expect(() => createScenes({ seed: 1, split: 'train', sizePixels: 8 })).toThrow(SceneOptionsError);
  expect(() => createScenes({ seed: 1, split: 'train', questionLimit: -1 })).toThrow(/questionLimit is -1/);
  expect(() => createScenes({ seed: 0.5, split: 'train' })).toThrow(RangeError);
  expect(() => maker.scene(-1)).toThrow(/scene\(-1\)/);
});

test('the sheet shows pictures, joints and words, and escapes them', () => {
  const page = sceneSheet([pictured.scene(0), { ...(scenes[1] as SyntheticScene), caption: '<b>&' }]);
  expect(page.match(/data:image\/png;base64,/g)).toHaveLength(2);
  expect(page.match(/<circle/g)?.length).toBeGreaterThan(40);
  expect(page).toContain('&lt;b>&amp;');
});
