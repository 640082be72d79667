const names = (text: string): readonly string[] => text.split(' ');

const OPENPOSE_25 = names(
  'nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist mid_hip right_hip ' +
    'right_knee right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear left_big_toe ' +
    'left_small_toe left_heel right_big_toe right_small_toe right_heel',
);
const HMR2_19 = names(
  'right_ankle right_knee right_hip left_hip left_knee left_ankle right_wrist right_elbow right_shoulder ' +
    'left_shoulder left_elbow left_wrist neck_lsp head_top_lsp pelvis_mpii thorax_mpii spine_h36m jaw_h36m head_h36m',
);
const SPIN_24 = [...HMR2_19, ...names('nose left_eye right_eye left_ear right_ear')];
const SMPLX_22 = names(
  'pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot right_foot ' +
    'neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist',
);

/**
 * Which joints a row of keypoints means: the names of each data set's own order. Read in the sources named at each.
 *
 * @example
 * ```ts
 * import { JOINT_SETS } from '@pose-rft/datasets';
 *
 * console.assert(JOINT_SETS['coco-17'][9] === 'left_wrist');
 * console.assert(JOINT_SETS['hmr2-44'].length === 44);
 * ```
 */
export const JOINT_SETS = {
  /** SMPL's kinematic joints (smplx `joint_names.py`). */
  'smpl-24': [...SMPLX_22, 'left_hand', 'right_hand'],
  /** The joints that SMPL, SMPL-H and SMPL-X share. */
  'smplx-22': SMPLX_22,
  /** COCO keypoints (`categories[0].keypoints` of its annotation files). */
  'coco-17': names(
    'nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist ' +
      'right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle',
  ),
  /** What 3DPW calls COCO: OpenPose's 18, with a neck (3DPW `readme.txt`, OpenPose's COCO model). */
  'openpose-18': names(
    'nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist right_hip right_knee ' +
      'right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear',
  ),
  /** OpenPose's BODY_25 (SPIN `constants.py`, the names that begin with OP). */
  'openpose-25': OPENPOSE_25,
  /** MPII (HRNet `lib/dataset/mpii.py`). */
  'mpii-16': names(
    'right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head_top right_wrist ' +
      'right_elbow right_shoulder left_shoulder left_elbow left_wrist',
  ),
  /** SPIN's superset of annotated joints (`constants.py`, behind the 25 of OpenPose). */
  'spin-24': SPIN_24,
  /** All of SPIN's: OpenPose's, then the annotated ones. */
  'spin-49': [...OPENPOSE_25, ...SPIN_24],
  /** HMR2's: OpenPose's, then the 19 that it regresses from the surface (4D-Humans `SMPL_to_J19`). */
  'hmr2-44': [...OPENPOSE_25, ...HMR2_19],
  /** Human3.6M's 32 (3d-pose-baseline); VideoPose3D leaves out the fifteen that have no name or do not move. */
  'h36m-32': names(
    'hip right_hip right_knee right_foot unnamed_4 unnamed_5 left_hip left_knee left_foot unnamed_9 unnamed_10 ' +
      'unnamed_11 spine thorax neck_nose head unnamed_16 left_shoulder left_elbow left_wrist unnamed_20 unnamed_21 ' +
      'unnamed_22 unnamed_23 unnamed_24 right_shoulder right_elbow right_wrist unnamed_28 unnamed_29 unnamed_30 ' +
      'unnamed_31',
  ),
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type JointSetName = keyof typeof JOINT_SETS;
