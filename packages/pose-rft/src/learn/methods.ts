import type { ReinforcementMethod } from '../recipes/reinforcement-method.js';

/** One way to go on from a converged supervised model, all at equal CPU time. */
export type LearningMethod =
  | { readonly kind: 'none'; readonly label: string }
  | { readonly kind: 'supervised'; readonly label: string; readonly jointPositionWeight: number }
  | {
      readonly kind: 'reinforcement';
      readonly label: string;
      readonly method: ReinforcementMethod;
      /** The method whose result it starts from; the converged supervised model unless told. */
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
