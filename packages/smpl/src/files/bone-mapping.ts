import { JOINT_NAMES, type JointName } from '../skeleton/joints.js';

/**
 * How the rest poses of the recorded body and of SMPL are made to agree for a joint:
 * - `bone`: the rest direction of SMPL's bone from this joint (or from `from`) to `towards` is turned to that of the
 *   recorded bone (or of the bone `like`);
 * - `down`, `left`, `right`: that axis of the body is turned to the rest direction of the bone `like` (feet follow the
 *   shin's splay, hands the forearm's, so that flat soles stay flat and level palms level);
 * - `same`: the two rest frames are parallel already.
 */
export type RestAgreement =
  | {
      readonly kind: 'bone';
      readonly towards: JointName;
      readonly from?: JointName;
      readonly like?: string;
    }
  | { readonly kind: 'down' | 'left' | 'right'; readonly like: string }
  | { readonly kind: 'same' };

/** Which recorded bone moves a joint of SMPL. */
export interface BoneSource {
  /** Its name, or several: the first that the file has. */
  readonly bone: string | readonly string[];
  /** A second bone: the joint's rotation is halfway between the two. */
  readonly halfwayTo?: string;
  readonly agreement: RestAgreement;
  /** Whether a file may lack it: the joint then keeps still relative to its parent. */
  readonly isOptional?: boolean;
}

/**
 * The bones of one naming convention that move SMPL's joints. Names are compared without regard to case, and without a
 * name space such as `mixamorig:`.
 */
export interface BoneMapping {
  /** For errors: whose convention it is. */
  readonly name: string;
  readonly bones: ReadonlyMap<JointName, BoneSource>;
}

const SAME: RestAgreement = { kind: 'same' };
const SIDES = ['left', 'right'] as const;

function towards(joint: JointName): RestAgreement {
  return { kind: 'bone', towards: joint };
}

/** The ASF skeletons of the CMU Graphics Lab Motion Capture Database: left bones start with l, right ones with r. */
export const CMU_ASF_BONES: BoneMapping = {
  name: "CMU's ASF",
  bones: new Map<JointName, BoneSource>([
    ['pelvis', { bone: 'root', agreement: SAME }],
    ['spine1', { bone: 'lowerback', agreement: SAME }],
    ['spine2', { bone: 'upperback', agreement: SAME }],
    ['spine3', { bone: 'thorax', agreement: SAME }],
    ['neck', { bone: 'lowerneck', agreement: SAME }],
    ['head', { bone: 'head', agreement: SAME }],
    ...SIDES.flatMap((side): [JointName, BoneSource][] => {
      const s = side === 'left' ? 'l' : 'r';
      const hand: BoneSource = { bone: `${s}hand`, agreement: { kind: side, like: `${s}hand` } };
      return [
        [`${side}_hip`, { bone: `${s}femur`, agreement: towards(`${side}_knee`) }],
        [`${side}_knee`, { bone: `${s}tibia`, agreement: towards(`${side}_ankle`) }],
        [`${side}_ankle`, { bone: `${s}foot`, agreement: { kind: 'down', like: `${s}tibia` } }],
        [`${side}_foot`, { bone: `${s}toes`, agreement: { kind: 'down', like: `${s}tibia` } }],
        [`${side}_collar`, { bone: `${s}clavicle`, agreement: SAME }],
        [`${side}_shoulder`, { bone: `${s}humerus`, agreement: towards(`${side}_elbow`) }],
        // CMU's wrist bone is the lower half of the forearm and carries its twist: the elbow takes half of it.
        [
          `${side}_elbow`,
          { bone: `${s}radius`, halfwayTo: `${s}wrist`, agreement: towards(`${side}_wrist`) },
        ],
        [`${side}_wrist`, hand],
        [`${side}_hand`, hand],
      ];
    }),
  ]),
};

/**
 * A convention that calls the limbs LeftUpLeg, LeftLeg, LeftArm, LeftForeArm; they differ in the spine and neck, and in
 * whether the feet are level at rest or follow the shins.
 */
function humanoid(
  name: string,
  feet: 'level' | 'follow the shins',
  midline: readonly (readonly [JointName, BoneSource])[],
): BoneMapping {
  return {
    name,
    bones: new Map<JointName, BoneSource>([
      ['pelvis', { bone: 'Hips', agreement: SAME }],
      ...midline,
      ['head', { bone: 'Head', agreement: SAME, isOptional: true }],
      ...SIDES.flatMap((side): [JointName, BoneSource][] => {
        const s = side === 'left' ? 'Left' : 'Right';
        const hand: BoneSource = {
          bone: `${s}Hand`,
          // The hand goes on from the forearm, in an A-pose too.
          agreement: {
            kind: 'bone',
            from: `${side}_elbow`,
            towards: `${side}_wrist`,
            like: `${s}ForeArm`,
          },
          isOptional: true,
        };
        const foot: RestAgreement = feet === 'level' ? SAME : { kind: 'down', like: `${s}Leg` };
        return [
          [`${side}_hip`, { bone: `${s}UpLeg`, agreement: towards(`${side}_knee`) }],
          [`${side}_knee`, { bone: `${s}Leg`, agreement: towards(`${side}_ankle`) }],
          [`${side}_ankle`, { bone: `${s}Foot`, agreement: foot }],
          [
            `${side}_foot`,
            {
              bone: [`${s}ToeBase`, `${s}Toe`],
              agreement: foot,
              isOptional: true,
            },
          ],
          [`${side}_collar`, { bone: `${s}Shoulder`, agreement: SAME, isOptional: true }],
          [`${side}_shoulder`, { bone: `${s}Arm`, agreement: towards(`${side}_elbow`) }],
          [`${side}_elbow`, { bone: `${s}ForeArm`, agreement: towards(`${side}_wrist`) }],
          [`${side}_wrist`, hand],
          [`${side}_hand`, hand],
        ];
      }),
    ]),
  };
}

/** CMU's database converted to BVH: its bones under MotionBuilder's names. */
export const CMU_BVH_BONES: BoneMapping = humanoid("CMU's BVH", 'follow the shins', [
  ['spine1', { bone: 'LowerBack', agreement: SAME }],
  ['spine2', { bone: 'Spine', agreement: SAME }],
  ['spine3', { bone: 'Spine1', agreement: SAME }],
  ['neck', { bone: 'Neck', agreement: SAME }],
]);

/** MotionBuilder's and Mixamo's names, with one to three bones of the spine. */
export const HUMANOID_BONES: BoneMapping = humanoid("MotionBuilder's", 'level', [
  ['spine1', { bone: 'Spine', agreement: SAME }],
  ['spine2', { bone: 'Spine1', agreement: SAME, isOptional: true }],
  ['spine3', { bone: 'Spine2', agreement: SAME, isOptional: true }],
  ['neck', { bone: 'Neck', agreement: SAME, isOptional: true }],
]);

/** SMPL's own names, as `writeBvh` writes them. */
export const SMPL_BONES: BoneMapping = {
  name: "SMPL's",
  bones: new Map(JOINT_NAMES.map((name): [JointName, BoneSource] => [name, { bone: name, agreement: SAME }])),
};

/** In the order in which they are tried. */
export const BONE_MAPPINGS: readonly BoneMapping[] = [
  CMU_ASF_BONES,
  SMPL_BONES,
  CMU_BVH_BONES,
  HUMANOID_BONES,
];

/** A bone's name as it is compared. */
export function comparableName(name: string): string {
  return name
    .replace(/^.*[:|]/, '')
    .replace(/^mixamorig\d*_?/i, '')
    .toLowerCase();
}
