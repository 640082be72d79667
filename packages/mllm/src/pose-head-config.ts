import { MllmConfigError, type ConfigFields } from './config-fields.js';

/** The pose head: how wide it is, and which distributions over poses it gives. */
export interface PoseHeadConfig {
  readonly hiddenSize: number;
  /** Lower bound of the log standard deviation of a pose's numbers (natural logarithm). */
  readonly logStdMin: number;
  readonly logStdMax: number;
  /** Default: independent numbers. */
  readonly distribution?: PoseDistributionConfig;
  /** Shape coefficients (betas) that the head gives beside the pose: 10 for SMPL's usual ones; default 0. */
  readonly shapeSize?: number;
  /** Whether the head gives a weak-perspective camera (scale, shift right, shift down) beside the pose; default false. */
  readonly hasCamera?: boolean;
}

/** The form of the distribution over a pose's numbers. */
export type PoseDistributionConfig =
  | { readonly kind: 'diagonal' }
  /** Independent but for `rank` directions in which the whole pose moves. */
  | { readonly kind: 'lowRank'; readonly rank: number }
  /** Any covariance: among the six numbers of each joint, or among all numbers of the pose. */
  | { readonly kind: 'cholesky'; readonly within: 'joint' | 'pose' }
  /** `componentCount` diagonal Gaussians: several poses that fit one question. */
  | { readonly kind: 'mixture'; readonly componentCount: number };

/** Numbers of a weak-perspective camera: scale, shift to the right, shift downwards. */
export const CAMERA_SIZE = 3;

/** @throws MllmConfigError */
export function parsePoseHeadConfig(fields: ConfigFields): PoseHeadConfig {
  const logStdMin = fields.finite('logStdMin');
  const logStdMax = fields.finite('logStdMax');
  if (logStdMin >= logStdMax)
    throw new MllmConfigError(
      `MllmConfig: poseHead.logStdMin ${logStdMin} must lie below logStdMax ${logStdMax}.`,
    );
  return Object.freeze({
    hiddenSize: fields.count('hiddenSize'),
    logStdMin,
    logStdMax,
    ...(fields.has('distribution')
      ? { distribution: parseDistribution(fields, fields.nested('distribution')) }
      : {}),
    ...(fields.has('shapeSize') ? { shapeSize: fields.count('shapeSize', 0) } : {}),
    ...(fields.has('hasCamera') ? { hasCamera: fields.flag('hasCamera') } : {}),
  });
}

function parseDistribution(head: ConfigFields, fields: ConfigFields): PoseDistributionConfig {
  const kind = fields.get('kind');
  if (kind === 'diagonal') return Object.freeze({ kind });
  if (kind === 'lowRank') return Object.freeze({ kind, rank: fields.count('rank') });
  if (kind === 'mixture') return Object.freeze({ kind, componentCount: fields.count('componentCount') });
  if (kind !== 'cholesky')
    return head.fail('distribution', 'of a kind among diagonal, lowRank, cholesky, mixture');
  const within = fields.get('within');
  return within === 'joint' || within === 'pose'
    ? Object.freeze({ kind, within })
    : fields.fail('within', '"joint" or "pose"');
}
