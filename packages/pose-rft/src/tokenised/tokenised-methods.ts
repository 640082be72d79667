import type { TokenComponents } from '@pose-rft/mllm';
import type { ReinforcementMethod } from '../recipes/reinforcement-method.js';

/** One row of the comparison: a family of models, and what was done to its supervised start. */
export type TokenisedMethod =
  | { readonly family: 'hybrid' | 'tokenised'; readonly kind: 'start'; readonly label: string }
  | { readonly family: 'hybrid' | 'tokenised'; readonly kind: 'supervised'; readonly label: string }
  | {
      readonly family: 'hybrid';
      readonly kind: 'reinforcement';
      readonly label: string;
      readonly method: ReinforcementMethod;
    }
  | {
      readonly family: 'tokenised';
      readonly kind: 'reinforcement';
      readonly label: string;
      readonly components: TokenComponents;
    };

/** The methods of the comparison, in the order of its table; all but the starts get the same CPU time on top of theirs. */
export const TOKENISED_METHODS = {
  'hybrid-sft': { family: 'hybrid', kind: 'start', label: 'hybrid, SFT' },
  'hybrid-sft-continued': { family: 'hybrid', kind: 'supervised', label: 'hybrid, SFT continued' },
  'hybrid-hygrpo': {
    family: 'hybrid',
    kind: 'reinforcement',
    label: 'hybrid, HyGRPO (nested, per joint)',
    method: 'hygrpo',
  },
  'hybrid-hygrpo-paper': {
    family: 'hybrid',
    kind: 'reinforcement',
    label: 'hybrid, HyGRPO as the paper states it',
    method: 'hygrpo-paper',
  },
  'tokenised-sft': { family: 'tokenised', kind: 'start', label: 'tokenised, SFT' },
  'tokenised-sft-continued': {
    family: 'tokenised',
    kind: 'supervised',
    label: 'tokenised, SFT continued',
  },
  'tokenised-grpo': {
    family: 'tokenised',
    kind: 'reinforcement',
    label: 'tokenised, GRPO (all rewards on all tokens)',
    components: 'joint',
  },
  'tokenised-grpo-split': {
    family: 'tokenised',
    kind: 'reinforcement',
    label: 'tokenised, GRPO (text and codes apart)',
    components: 'split',
  },
} as const satisfies Readonly<Record<string, TokenisedMethod>>;

export type TokenisedMethodName = keyof typeof TOKENISED_METHODS;

export const TOKENISED_METHOD_NAMES = Object.keys(TOKENISED_METHODS) as readonly TokenisedMethodName[];

/** The method of this name, as the general type. */
export function tokenisedMethod(name: TokenisedMethodName): TokenisedMethod {
  return TOKENISED_METHODS[name];
}
