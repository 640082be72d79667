import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import {
  axisAngleToRotation6d,
  DataFileError,
  composeRotations,
  eulerToMatrix,
  frameChange,
  geodesicDistanceRadians,
  matrixToRotation6d,
  rotation6dToMatrix,
  smplToAmass,
  writeAmass,
} from '@pose-rft/smpl';
import { describe, expect, it } from 'vitest';
import { samplePose } from '../pose/sample-pose.js';
import { loadReferencedPoses, poseScriptHeading, turnedToFront } from './load-referenced-poses.js';
import { readPoseFix, type PoseFixFiles } from './posefix.js';
import { readPoseScript, type PoseScriptFiles } from './posescript.js';

const WALK = 'CMU/01/01_01_poses.npz';
const DANCE = 'DanceDB/20120805_Elena/Elena_Happy_poses.npz';

const file = (name: string, value: unknown): { name: string; text: string } => ({
  name,
  text: JSON.stringify(value),
});

const references = file('ids_2_dataset_sequence_and_frame_index_100k.json', {
  '0': ['AMASS', WALK, 3],
  '1': ['AMASS', DANCE, 0],
  '2': ['AMASS', WALK, 0],
  '5': ['AMASS', 'KIT/3/kick_poses.npz', 10],
  '6': ['AMASS', WALK, 99],
});

const script: PoseScriptFiles = {
  references,
  captions: [
    file('posescript_human_6293.json', { '0': ['They walk.'], '1': 'One text.', '9': ['No such pose.'] }),
    file('posescript_auto_100k.json', { '0': ['A.', 'B.', ' '], '2': ['C.'], '6': ['D.'] }),
  ],
  split: file('train_ids_100k.json', [0, 1, 5, 6, 9]),
};

const fix: PoseFixFiles = {
  references,
  pairs: file('pair_id_2_pose_ids.json', [
    [0, 2],
    [2, 1],
    [2, 77],
    [1, 5],
  ]),
  instructions: [
    file('posefix_human_6157.json', { '0': ['Turn.'], '1': ['Jump.'], '2': ['Lost.'], '40': ['No pair.'] }),
    file('posefix_auto_135305.json', { '0': ['Turn left.'], '3': ['Other split.'] }),
  ],
  split: [
    file('train_in_sequence_pair_ids.json', [0, 40]),
    file('train_out_sequence_pair_ids.json', [1, 2, 8]),
  ],
};

/** An AMASS file of `frames` different poses. */
function recording(frames: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  const pose6d = new Float32Array(144 * frames);
  for (let frame = 0; frame < frames; frame++) pose6d.set(samplePose(random), 144 * frame);
  return writeAmass(
    smplToAmass({ frameCount: frames, pose6d, rootPositionsMetres: new Float32Array(3 * frames) }),
  );
}

describe('readPoseScript', () => {
  it('joins captions of several files with references, within a split', () => {
    const { samples, skipped } = readPoseScript(script);
    expect(samples).toEqual([
      { poseId: 0, reference: { sequence: WALK, frame: 3 }, captions: ['They walk.', 'A.', 'B.'] },
      { poseId: 1, reference: { sequence: DANCE, frame: 0 }, captions: ['One text.'] },
      { poseId: 6, reference: { sequence: WALK, frame: 99 }, captions: ['D.'] },
    ]);
    expect(skipped).toEqual({ withoutReference: [9], withoutCaption: 1, outsideSplit: 1 });
  });

  it('takes all poses without a split', () => {
    const { split: _, ...all } = script;
    const { samples, skipped } = readPoseScript(all);
    expect(samples.map(({ poseId }) => poseId)).toEqual([0, 1, 2, 6]);
    expect(skipped).toEqual({ withoutReference: [9], withoutCaption: 1, outsideSplit: 0 });
  });

  it.each<[string, Partial<PoseScriptFiles>, RegExp]>([
    ['truncated JSON', { references: { name: 'ids.json', text: '{"0": ["AMASS", "a' } }, /ids\.json.*JSON/],
    [
      'a number that JSON lacks',
      { references: { name: 'i.json', text: '{"0": ["AMASS", "a.npz", NaN]}' } },
      /i\.json/,
    ],
    ['a hostile key', { captions: [{ name: 'c.json', text: '{"__proto__": ["x"]}' }] }, /c\.json.*__proto__/],
    ['an id that is none', { captions: [file('c.json', { '-1': ['x'] })] }, /an id/],
    ['a caption that is none', { captions: [file('c.json', { '0': [7] })] }, /entry 0.*text/],
    ['a list for an object', { captions: [file('c.json', [])] }, /object keyed by id/],
    ['another data set', { references: file('r.json', { '0': ['COCO', 'a', 1] }) }, /pose 0.*AMASS/],
    [
      'a path out of AMASS',
      { references: file('r.json', { '0': ['AMASS', '../x.npz', 1] }) },
      /within AMASS/,
    ],
    ['an absolute path', { references: file('r.json', { '0': ['AMASS', '/etc/x', 1] }) }, /within AMASS/],
    ['half a frame', { references: file('r.json', { '0': ['AMASS', 'a.npz', 0.5] }) }, /a frame/],
    ['a split that is no list', { split: file('s.json', { '0': 1 }) }, /list of ids/],
    ['a split with a fraction', { split: file('s.json', [0.5]) }, /entry 0/],
  ])('refuses %s', (_, broken, message) => {
    const read = (): unknown => readPoseScript({ ...script, ...broken });
    expect(read).toThrow(DataFileError);
    expect(read).toThrow(message);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  test.prop([fc.string(), fc.nat(200)])('throws nothing but its own error', (noise, cut) => {
    const text = references.text.slice(0, cut) + noise + references.text.slice(cut + 1);
    try {
      readPoseScript({ ...script, references: { name: 'r.json', text } });
    } catch (error) {
      expect(error).toBeInstanceOf(DataFileError);
    }
  });
});

describe('readPoseFix', () => {
  it('joins instructions with pairs and references, within a split', () => {
    const { samples, skipped } = readPoseFix(fix);
    expect(
      samples.map(({ pairId, sourceId, targetId, isSameSequence, instructions }) => [
        pairId,
        sourceId,
        targetId,
        isSameSequence,
        instructions,
      ]),
    ).toEqual([
      [0, 0, 2, true, ['Turn.', 'Turn left.']],
      [1, 2, 1, false, ['Jump.']],
    ]);
    expect(skipped).toEqual({
      withoutPair: [40],
      withoutReference: [2],
      withoutInstruction: 1,
      outsideSplit: 1,
    });
  });

  it.each<[string, Partial<PoseFixFiles>]>([
    ['pairs that are no list', { pairs: file('p.json', { '0': [0, 1] }) }],
    ['a pair of one', { pairs: file('p.json', [[0]]) }],
    ['a pair of three', { pairs: file('p.json', [[0, 1, 2]]) }],
    ['a pair of texts', { pairs: file('p.json', [['a', 'b']]) }],
  ])('refuses %s', (_, broken) => {
    expect(() => readPoseFix({ ...fix, ...broken })).toThrow(DataFileError);
  });
});

describe('loadReferencedPoses', () => {
  it('reads each recording once, and counts what is missing or broken', async () => {
    const asked: string[] = [];
    const { samples } = readPoseScript({
      ...script,
      captions: script.captions.slice(1),
      split: file('s', [0, 2, 6]),
    });
    const references = [
      ...samples.map(({ poseId, reference }) => [poseId, reference] as const),
      [20, { sequence: DANCE, frame: 0 }] as const,
      [21, { sequence: 'KIT/3/kick_poses.npz', frame: 0 }] as const,
      [22, { sequence: 'KIT/3/kick_poses.npz', frame: 1 }] as const,
      [23, { sequence: 'bad.npz', frame: 0 }] as const,
    ];
    const walk = recording(5, 1);
    const nan = writeAmass({
      ...smplToAmass({
        frameCount: 1,
        pose6d: samplePose(createRandom(3)),
        rootPositionsMetres: new Float32Array(3),
      }),
      axisAngles: new Float64Array(156).fill(NaN),
    });
    const files = new Map([
      [WALK, walk],
      [DANCE, nan],
      ['bad.npz', walk.slice(0, 100)],
    ]);
    const { poses, skipped } = await loadReferencedPoses(references, (sequence) => {
      asked.push(sequence);
      return files.get(sequence);
    });
    expect(asked).toEqual([WALK, DANCE, 'KIT/3/kick_poses.npz', 'bad.npz']);
    expect([...poses.keys()]).toEqual([0, 2]);
    expect(skipped.missingFrames).toEqual([6]);
    expect([...skipped.missingSequences]).toEqual([['KIT/3/kick_poses.npz', 2]]);
    expect([...skipped.unreadableSequences.keys()]).toEqual([DANCE, 'bad.npz']);
    expect(skipped.unreadableSequences.get(DANCE)?.message).toContain('NaN');
    const random = createRandom(1);
    const first = samplePose(random);
    expect(distanceDegrees(poses.get(2) ?? new Float32Array(), first, 18)).toBeLessThan(0.01);
  });
});

describe('turnedToFront', () => {
  const anyRoot = fc
    .tuple(...[0, 1, 2].map(() => fc.double({ min: -2, max: 2, noNaN: true })))
    .map((axisAngle) => {
      const pose6d = samplePose(createRandom(1));
      axisAngleToRotation6d(Float64Array.from(axisAngle), 0, pose6d, 0);
      return pose6d;
    });

  test.prop([anyRoot])('leaves no heading, and turns about the vertical alone', (pose6d) => {
    const turned = turnedToFront(pose6d);
    expect(poseScriptHeading(turned)).toBeCloseTo(0, 4);
    // The second row of the root's matrix, the heights, is what a turn about y leaves as it is.
    const [before, after] = [pose6d, turned].map((pose) => {
      const root = new Float64Array(9);
      rotation6dToMatrix(pose, 0, root, 0);
      return root.slice(3, 6);
    });
    after?.forEach((value, index) => {
      expect(value).toBeCloseTo(before?.[index] as number, 5);
    });
    expect(turned.slice(6)).toEqual(pose6d.slice(6));
  });

  test.prop([
    fc.tuple(
      fc.double({ min: -3.1, max: 3.1, noNaN: true }),
      fc.double({ min: -1.5, max: 1.5, noNaN: true }),
      fc.double({ min: -3.1, max: 3.1, noNaN: true }),
    ),
  ])('sets the third Euler angle of the root to zero in the world of AMASS, z up', ([x, y, z]) => {
    // The root in a world with y up, from its angles about the fixed axes of one with z up.
    const inYUp = (angles: readonly number[]): Float32Array => {
      const root = new Float64Array(9);
      eulerToMatrix(Float64Array.from(angles), 0, root, 0, 'extrinsic-xyz');
      composeRotations(frameChange('z-up', 'smpl'), 0, root, 0, root, 0);
      const pose6d = samplePose(createRandom(4));
      matrixToRotation6d(root, 0, pose6d, 0);
      return pose6d;
    };
    const turned = turnedToFront(inYUp([x, y, z]));
    const expected = inYUp([x, y, 0]);
    for (let index = 0; index < 6; index++) expect(turned[index]).toBeCloseTo(expected[index] as number, 4);
  });

  it('keeps the turn between two poses of one recording', () => {
    const [first, second] = [0.4, 1.1].map((heading) => {
      const pose6d = samplePose(createRandom(2));
      axisAngleToRotation6d(Float64Array.of(0, heading, 0), 0, pose6d, 0);
      return pose6d;
    });
    if (first === undefined || second === undefined) throw new Error('two poses');
    expect(poseScriptHeading(turnedToFront(second, poseScriptHeading(first)))).toBeCloseTo(0.7, 5);
  });
});

function distanceDegrees(first: Float32Array, second: Float32Array, joint: number): number {
  const matrices = [first, second].map((pose) => {
    const matrix = new Float64Array(9);
    rotation6dToMatrix(pose, 6 * joint, matrix, 0);
    return matrix;
  });
  return (
    (geodesicDistanceRadians(matrices[0] as Float64Array, 0, matrices[1] as Float64Array, 0) * 180) / Math.PI
  );
}
