import { DATASET_VOCABULARY, type PosePrompt } from '@pose-rft/datasets';
import { createTokenizer, mllmConfig, type MllmAction } from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import { JOINT_COUNT } from '@pose-rft/smpl';
import type { PoseModel } from '../model/pose-model.js';

/** What a scripted model answers: a text, and, where it has a pose, that pose's distribution. */
export interface ScriptedAnswer {
  readonly text: string;
  /** [144] */
  readonly mean?: Float32Array;
  /** The same for all numbers of the pose; so low that samples are the mean unless told. */
  readonly logStandardDeviation?: number;
}

/** A model without a network, for tests: it says what the script says. */
export function scriptedModel(
  script: (prompt: PosePrompt, candidate: number, random: Random) => ScriptedAnswer,
): Pick<PoseModel, 'act' | 'config' | 'tokenizer'> {
  const tokenizer = createTokenizer(DATASET_VOCABULARY);
  const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
  return {
    tokenizer,
    config,
    act(prompts, { candidatesPerPrompt, samplesPerCandidate, random }) {
      const answers = prompts.flatMap((prompt) =>
        Array.from({ length: candidatesPerPrompt }, (_, candidate) => script(prompt, candidate, random)),
      );
      const posed = answers.flatMap(({ mean, logStandardDeviation = -30 }, candidate) =>
        mean === undefined ? [] : [{ candidate, mean, logStandardDeviation }],
      );
      const actions = answers.flatMap(({ text, mean }): MllmAction[] => {
        const answer = tokenizer.encode(text).ids;
        const action = mean === undefined ? { answer } : { answer, pose: Float32Array.from(mean) };
        return Array.from({ length: samplesPerCandidate }, () => action);
      });
      return Promise.resolve({
        prompts,
        candidatesPerPrompt,
        samplesPerCandidate,
        actions,
        logProbs: {
          answer: {
            kind: 'sequence',
            values: new Float32Array(0),
            offsets: new Int32Array(answers.length + 1),
          },
          pose: {
            kind: 'nested',
            values: new Float32Array(posed.length * samplesPerCandidate * JOINT_COUNT),
            candidates: Int32Array.from(posed, ({ candidate }) => candidate),
            groups: JOINT_COUNT,
          },
        },
        policyVersion: 0,
        temperature: 1,
        poseDistributions: {
          mean: Float32Array.from(posed.flatMap(({ mean }) => [...mean])),
          logStandardDeviation: Float32Array.from(
            posed.flatMap(({ mean, logStandardDeviation }) => Array.from(mean, () => logStandardDeviation)),
          ),
        },
      });
    },
  };
}
