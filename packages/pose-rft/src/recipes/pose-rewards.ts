import { ANSWER_TEMPLATE, type PosePrompt } from '@pose-rft/datasets';
import type { Reward } from '@pose-rft/hygrpo';
import type { MllmAction } from '@pose-rft/mllm';
import {
  formatReward,
  jointProximityReward,
  ruleSemanticReward,
  spatialReward,
  statementReward,
} from '@pose-rft/rewards';
import { match } from 'ts-pattern';
import type { PoseModel } from '../model/pose-model.js';
import type { ReinforcementMethodDefinition } from './reinforcement-method.js';

/**
 * The rewards of a pose model's training. Text: the format, for every prompt, and true statements, for prompts that
 * show evidence. Pose: closeness to the target's joints where there is evidence, satisfied posecodes where there is a
 * sentence. Each declines the prompts that it does not apply to.
 *
 * @example
 * ```ts
 * import { DATASET_VOCABULARY } from '@pose-rft/datasets';
 * import { createTokenizer } from '@pose-rft/mllm';
 * import { poseRewards, reinforcementMethod } from 'pose-rft';
 *
 * const tokenizer = createTokenizer(DATASET_VOCABULARY);
 * const rewards = poseRewards({ tokenizer }, reinforcementMethod('hygrpo'));
 * console.assert(rewards.map(({ name }) => name).join() === 'format,statements,spatial,semantic');
 * ```
 */
export function poseRewards(
  model: Pick<PoseModel, 'tokenizer'>,
  method: ReinforcementMethodDefinition,
): readonly Reward<PosePrompt, MllmAction>[] {
  const answer = rememberingPerAnswer(({ answer: ids }: MllmAction) => model.tokenizer.decode(ids));
  const pose6d = ({ pose }: MllmAction): Float32Array | undefined => pose;
  const targetJoints = (prompt: PosePrompt): Float32Array | undefined =>
    prompt.kind === 'evidence-to-pose' ? prompt.targetJoints : undefined;

  const onText: readonly Reward<PosePrompt, MllmAction>[] = [
    formatReward({ name: 'format', answer, template: ANSWER_TEMPLATE }),
    statementReward({
      name: 'statements',
      answer,
      facts: (prompt: PosePrompt) => (prompt.kind === 'evidence-to-pose' ? prompt.constraints : undefined),
    }),
  ];
  if (!method.tunesPose) return onText;
  return [
    ...onText,
    match(method.spatialReward)
      .with('inverse-distance', () => spatialReward({ name: 'spatial', pose6d, targetJoints }))
      .with('joint-proximity', () => jointProximityReward({ name: 'spatial', pose6d, targetJoints }))
      .exhaustive(),
    ruleSemanticReward({
      name: 'semantic',
      pose6d,
      constraints: (prompt: PosePrompt) => (prompt.kind === 'text-to-pose' ? prompt.constraints : undefined),
    }),
  ];
}

/** Two rewards read each answer, and nested samples share it: decoding it once is enough. */
function rememberingPerAnswer(decode: (action: MllmAction) => string): (action: MllmAction) => string {
  const texts = new WeakMap<MllmAction['answer'] & object, string>();
  return (action) => {
    const known = texts.get(action.answer);
    if (known !== undefined) return known;
    const text = decode(action);
    texts.set(action.answer, text);
    return text;
  };
}
