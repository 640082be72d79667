import type { ReinforcementMethod } from '../recipes/reinforcement-method.js';

/**
 * One way to go on, all at equal CPU time, from the converged supervised model, or from the result of the method that
 * it `startsFrom`.
 */
export type LearningMethod =
  | { readonly kind: 'none'; readonly label: string }
  | {
      readonly kind: 'supervised';
      readonly label: string;
      readonly jointPositionWeight: number;
      readonly startsFrom?: LearningMethodName;
    }
  | {
      readonly kind: 'reinforcement';
      readonly label: string;
      readonly method: ReinforcementMethod;
      readonly startsFrom?: LearningMethodName;
    };

/** The methods that `learn` compares, in the order of its table. */
export const LEARNING_METHODS = {
  sft: { kind: 'none', label: 'SFT, converged' },
  'sft-continued': { kind: 'supervised', label: 'SFT continued', jointPositionWeight: 0 },
  'sft-joint-loss': {
    kind: 'supervised',
    label: 'SFT continued with a joint-position loss',
    jointPositionWeight: 10,
  },
  'joint-loss-continued': {
    kind: 'supervised',
    label: 'joint-position loss, continued as long again',
    jointPositionWeight: 10,
    startsFrom: 'sft-joint-loss',
  },
  'grpo-text': { kind: 'reinforcement', label: 'GRPO, text only', method: 'grpo-text' },
  'hygrpo-paper': { kind: 'reinforcement', label: 'HyGRPO as the paper states it', method: 'hygrpo-paper' },
  hygrpo: {
    kind: 'reinforcement',
    label: 'HyGRPO, nested groups and per-joint credit',
    method: 'hygrpo',
  },
  'joint-loss-then-hygrpo': {
    kind: 'reinforcement',
    label: 'joint-position loss, then HyGRPO',
    method: 'hygrpo',
    startsFrom: 'sft-joint-loss',
  },
  'joint-loss-with-hygrpo': {
    kind: 'reinforcement',
    label: 'joint-position loss, then HyGRPO mixed with it',
    method: 'hygrpo-mixed',
    startsFrom: 'sft-joint-loss',
  },
} as const satisfies Readonly<Record<string, LearningMethod>>;

export type LearningMethodName =
  | 'sft'
  | 'sft-continued'
  | 'sft-joint-loss'
  | 'joint-loss-continued'
  | 'grpo-text'
  | 'hygrpo-paper'
  | 'hygrpo'
  | 'joint-loss-then-hygrpo'
  | 'joint-loss-with-hygrpo';

export const LEARNING_METHOD_NAMES = Object.keys(LEARNING_METHODS) as readonly LearningMethodName[];

/** The method of this name, as the general type. */
export function learningMethod(name: LearningMethodName): LearningMethod {
  return LEARNING_METHODS[name];
}

/** Thrown when a method is to start from the result of another that does not run before it. */
export class MissingStartError extends Error {
  override readonly name = 'MissingStartError';

  constructor(
    readonly method: LearningMethodName,
    readonly startsFrom: LearningMethodName,
  ) {
    super(
      `method ${method} starts from the result of ${startsFrom}, which does not run before it; name ${startsFrom} first`,
    );
  }
}

/** @throws MissingStartError if a method starts from the result of one that does not come before it */
export function assertStartsRun(methods: readonly LearningMethodName[]): void {
  methods.forEach((name, index) => {
    const start = startOf(learningMethod(name));
    if (start !== 'sft' && !methods.slice(0, index).includes(start)) throw new MissingStartError(name, start);
  });
}

/** The method whose result a method goes on from. */
export function startOf(method: LearningMethod): LearningMethodName {
  return method.kind === 'none' ? 'sft' : (method.startsFrom ?? 'sft');
}
