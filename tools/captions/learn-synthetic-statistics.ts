// Learns which facts are rare over the synthetic poses, and which imply which, and writes what captionPoseInDetail uses
// by default: npx tsx -C @pose-rft/source tools/captions/learn-synthetic-statistics.ts
import { writeFileSync } from 'node:fs';
import { samplePose } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { learnPosecodeStatistics } from '@pose-rft/text-pose';

const POSES = 10_000;
const SEED = 2022;
const target = new URL(
  '../../packages/text-pose/src/statistics/synthetic-statistics.generated.ts',
  import.meta.url,
);

const kinematics = createKinematics(SYNTHETIC_SKELETON);
const stream = createRandom(SEED);
const joints = new Float32Array(POSES * 72);
const pose6d = new Float32Array(POSES * 144);
for (let pose = 0; pose < POSES; pose++) {
  pose6d.set(samplePose(stream.split(pose)), 144 * pose);
  kinematics.jointsFromRotation6d(pose6d, 144 * pose, joints, 72 * pose, { globalOrientation: 'identity' });
}
const statistics = learnPosecodeStatistics(joints, { pose6d });
const { poseCount, names, shares, singleRules, pairRules } = statistics;
const list = (items: readonly unknown[]): string => JSON.stringify(items);
writeFileSync(
  target,
  `import { parsePosecodeStatistics, type PosecodeStatistics } from './posecode-statistics.js';

// Written by tools/captions/learn-synthetic-statistics.ts from ${poseCount} poses of samplePose; not to be edited.
const JSON_TEXT = String.raw\`{"poseCount":${poseCount},
"names":${list(names)},
"shares":${list(shares)},
"singleRules":${list(singleRules)},
"pairRules":${list(pairRules)}}\`;

/** What holds how often, and what implies what, over 10,000 poses of \`samplePose\` (\`@pose-rft/datasets\`). */
export const SYNTHETIC_STATISTICS: PosecodeStatistics = /* @__PURE__ */ parsePosecodeStatistics(JSON_TEXT);
`,
);
console.log(
  `${names.length} facts and postures, ${singleRules.length} single rules, ${pairRules.length} pair rules`,
);
