import { JOINT_NAMES } from '@pose-rft/smpl';
import { expect, test } from 'vitest';
import { JOINT_SETS } from './joint-sets.js';

test('sets have as many joints as they say, and sides in pairs', () => {
  for (const [name, joints] of Object.entries(JOINT_SETS)) {
    expect(joints.length, name).toBe(Number(/\d+$/.exec(name)?.[0]));
    for (const joint of joints)
      if (joint.startsWith('left_')) expect(joints).toContain(joint.replace('left_', 'right_'));
    if (name !== 'spin-49' && name !== 'hmr2-44') expect(new Set(joints).size, name).toBe(joints.length);
  }
  expect(JOINT_SETS['smpl-24']).toEqual(JOINT_NAMES);
});

test('the joints of HMR2 that are evaluated are ankles to neck, the head of Human3.6M, and the pelvis', () => {
  const names = JOINT_SETS['hmr2-44'];
  expect([25, 37, 43, 39].map((joint) => names[joint])).toEqual([
    'right_ankle',
    'neck_lsp',
    'head_h36m',
    'pelvis_mpii',
  ]);
});
