import {
  createJointRegression,
  createKinematics,
  createSkinning,
  JOINT_COUNT,
  precomputeJointRegression,
  prepareIdentity,
  SMPL_24_PROTOCOL,
  SYNTHETIC_SKELETON,
  syntheticBody,
  type BodyIdentity,
  type BodyModel,
  type EvaluationProtocol,
  type Gender,
  type SparseRows,
} from '@pose-rft/smpl';

/** A pose, and whose. */
export interface PosedPerson {
  /** [24, 6] rotations in layout `columns`, relative to the parent. */
  readonly pose6d: Float32Array;
  /** Shape coefficients; zeros unless given. */
  readonly betas?: Float32Array;
  /** `neutral` unless given. */
  readonly gender?: Gender;
}

/** Turns poses into the joints that a protocol measures, and into surfaces. It holds scratch memory: one per worker. */
export interface ScoringBody {
  readonly name: string;
  readonly protocol: EvaluationProtocol;
  /** It stands in for the data set's own body: its joints can be compared with each other alone, not with measured ones. */
  readonly isStandIn: boolean;
  readonly vertexCount: number;
  /** Writes [protocol.jointCount, 3] metres. */
  writeJoints(person: PosedPerson, joints: Float64Array, offset: number): void;
  /** Writes [vertexCount, 3] metres, the root joint at the origin. */
  writeVertices(person: PosedPerson, vertices: Float32Array): void;
}

/**
 * The project's own body of one shape: its 24 joints and its surface. Whatever shape a person has, it is left aside.
 *
 * @example
 * ```ts
 * import { syntheticScoringBody } from 'pose-rft';
 *
 * const body = syntheticScoringBody();
 * const pose6d = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const joints = new Float64Array(3 * body.protocol.jointCount);
 * body.writeJoints({ pose6d }, joints, 0);
 * console.assert(body.isStandIn && joints.some((metres) => metres > 0.5));
 * ```
 */
export function syntheticScoringBody(): ScoringBody {
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const skinning = createSkinning(syntheticBody());
  return {
    name: "the project's synthetic body",
    protocol: SMPL_24_PROTOCOL,
    isStandIn: true,
    vertexCount: skinning.vertexCount,
    writeJoints({ pose6d }, joints, offset) {
      kinematics.jointsFromRotation6d(pose6d, 0, joints, offset);
    },
    writeVertices({ pose6d }, vertices) {
      skinning.verticesFromRotation6d(pose6d, 0, vertices, 0);
    },
  };
}

/** Licensed body models, by gender. */
export interface ScoringModels {
  readonly neutral: BodyModel;
  readonly male?: BodyModel;
  readonly female?: BodyModel;
}

/** How joints are regressed from the posed surface. */
export interface ScoringRegressor {
  readonly protocol: EvaluationProtocol;
  /** [K, V] */
  readonly rows: SparseRows;
  /** Which of the protocol's joints the first row gives; the others follow. */
  readonly firstJoint: number;
}

/** Thrown for body models or regressors that cannot score poses of 24 joints. */
export class ScoringBodyError extends Error {
  override readonly name = 'ScoringBodyError';
}

/**
 * SMPL itself, in each person's shape and gender (a gender that is not given falls back to `neutral`): its 24 joints, or,
 * with a regressor, those that a published protocol regresses from the posed surface.
 *
 * @throws ScoringBodyError unless all models have 24 joints and as many vertices as the regressor reads
 */
export function modelScoringBody(models: ScoringModels, regressor?: ScoringRegressor): ScoringBody {
  const scorers = new Map<BodyModel, ReturnType<typeof modelScorer>>();
  const scorerOf = ({ gender }: PosedPerson): ReturnType<typeof modelScorer> => {
    const model = (gender === undefined ? undefined : models[gender]) ?? models.neutral;
    const scorer = scorers.get(model) ?? modelScorer(model, regressor);
    scorers.set(model, scorer);
    return scorer;
  };
  for (const gender of ['neutral', 'male', 'female'] as const)
    if (models[gender] !== undefined) scorerOf({ pose6d: new Float32Array(0), gender });
  const { vertexCount } = scorerOf({ pose6d: new Float32Array(0) });
  return {
    name: models.neutral.name,
    protocol: regressor?.protocol ?? SMPL_24_PROTOCOL,
    isStandIn: false,
    vertexCount,
    writeJoints(person, joints, offset) {
      scorerOf(person).writeJoints(person, joints, offset);
    },
    writeVertices(person, vertices) {
      scorerOf(person).writeVertices(person, vertices);
    },
  };
}

function modelScorer(model: BodyModel, regressor: ScoringRegressor | undefined) {
  if (model.skeleton.parents.length !== JOINT_COUNT)
    throw new ScoringBodyError(
      `${model.name} has ${model.skeleton.parents.length} joints; poses of ${JOINT_COUNT} need an SMPL model.`,
    );
  if (regressor !== undefined && regressor.rows.columnCount !== model.templateMetres.length / 3)
    throw new ScoringBodyError(
      `The joint regressor reads ${regressor.rows.columnCount} vertices, ${model.name} has ${model.templateMetres.length / 3}.`,
    );
  let identity = prepareIdentity(model);
  let kinematics = createKinematics(identity.skeleton);
  const skinning = createSkinning(identity);
  const regression =
    regressor && createJointRegression(identity, precomputeJointRegression(model, regressor.rows));
  let current = '';
  const use = ({ betas }: PosedPerson): BodyIdentity => {
    // The coefficients past the model's own say nothing to it.
    const known = Array.from(betas ?? []).slice(0, model.shapeSpace?.coefficientCount ?? 0);
    const key = known.join();
    if (key === current) return identity;
    current = key;
    identity = prepareIdentity(model, { betas: known });
    kinematics = createKinematics(identity.skeleton);
    skinning.useIdentity(identity);
    regression?.useIdentity(identity);
    return identity;
  };
  return {
    vertexCount: skinning.vertexCount,
    writeJoints(person: PosedPerson, joints: Float64Array, offset: number): void {
      use(person);
      if (regression === undefined || regressor === undefined) {
        kinematics.jointsFromRotation6d(person.pose6d, 0, joints, offset);
        return;
      }
      regression.jointsFromRotation6d(person.pose6d, 0, joints, offset + 3 * regressor.firstJoint);
    },
    writeVertices(person: PosedPerson, vertices: Float32Array): void {
      use(person);
      skinning.verticesFromRotation6d(person.pose6d, 0, vertices, 0);
    },
  };
}
