import type { Random } from '@pose-rft/random';
import type { ParameterStore, Tensor, Tensor2D } from '@pose-rft/tensor';
import type { CholeskyGaussianParameters } from './distributions/cholesky-gaussian.js';
import type { LowRankGaussianParameters } from './distributions/low-rank-gaussian.js';
import type { Space } from './spaces/space.js';

/**
 * What a policy did: for each of P prompts G candidates, and for each candidate V samples of its continuous part.
 * The axes are the structure of the arrays; there is no column of ids to get wrong. The nested samples of a
 * candidate share its discrete part (one hidden state, many poses).
 */
export interface Rollout<Prompt, Action> {
  /** P of them. */
  readonly prompts: readonly Prompt[];
  /** G. */
  readonly candidatesPerPrompt: number;
  /** V; 1 as in the paper. */
  readonly samplesPerCandidate: number;
  /** P*G*V of them: prompt-major, then candidate, then sample. */
  readonly actions: readonly Action[];
  /** The log-probabilities at sampling time, for each component of the action. */
  readonly logProbs: Readonly<Record<string, ComponentLogProbs<Float32Array>>>;
  /** Which version of the policy's parameters acted; a policy counts its updates itself. */
  readonly policyVersion: number;
}

/**
 * The log-probabilities of one component of the actions in a rollout: as data at sampling time
 * (`Float32Array`), as tensors when a policy scores a rollout.
 */
export type ComponentLogProbs<Values> = SequenceLogProbs<Values> | NestedLogProbs<Values>;

/** One number a discrete decision (a token), for all P*G candidates one after the other. */
export interface SequenceLogProbs<Values> {
  readonly kind: 'sequence';
  /** [T]: all tokens of all candidates. */
  readonly values: Values;
  /** [P*G + 1]: candidate c owns the tokens from offsets[c] up to, not including, offsets[c + 1]. */
  readonly offsets: Int32Array;
}

/** One number a nested sample and group of dimensions, for the candidates that have this component. */
export interface NestedLogProbs<Values> {
  readonly kind: 'nested';
  /** [M, V, K]: a Tensor3D, or row-major. */
  readonly values: Values;
  /** [M], ascending: which of the P*G candidates have this component (the valid set V of the paper). */
  readonly candidates: Int32Array;
  /** K: groups of dimensions, such as the joints of a pose. */
  readonly groups: number;
}

/** What a policy says of a rollout under its present parameters, differentiable with respect to them. */
export interface ComponentScores {
  readonly logProbs: Readonly<Record<string, ComponentLogProbs<Tensor>>>;
  /** For Gaussian components: the parameters of their distributions, which make an exact KL divergence possible. */
  readonly gaussians?: Readonly<Record<string, GaussianParameters>>;
  /**
   * For Gaussian components whose dimensions depend on each other. A row may be several blocks that do not: then each
   * block is a row, [M * blocks, D / blocks], those of one row one after the other.
   */
  readonly choleskyGaussians?: Readonly<Record<string, CholeskyGaussianParameters>>;
  readonly lowRankGaussians?: Readonly<Record<string, LowRankGaussianParameters>>;
  /** For categorical components: all their logits, which make an exact KL divergence and entropy possible. */
  readonly categoricals?: Readonly<Record<string, CategoricalParameters>>;
}

/** Diagonal Gaussians, one a row. */
export interface GaussianParameters {
  /** [M, D]. */
  readonly mean: Tensor2D;
  /** [M, D]: the natural logarithm of the standard deviation. */
  readonly logStandardDeviation: Tensor2D;
}

/** Categorical distributions, one a row. */
export interface CategoricalParameters {
  /** [T, C]: one row a token of a sequence component. */
  readonly logits: Tensor2D;
}

/** How to act. */
export interface ActOptions {
  /** G >= 1. */
  readonly candidatesPerPrompt: number;
  /** V >= 1. */
  readonly samplesPerCandidate: number;
  readonly random: Random;
  /** Divides the logits of discrete components; 1 unless given. */
  readonly temperature?: number;
  /** When aborted, `act` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Anything that can act and score what it did. Trainers know policies by this interface alone. */
export interface HybridPolicy<Prompt, Action> {
  readonly space: Space;
  act(prompts: readonly Prompt[], options: ActOptions): Promise<Rollout<Prompt, Action>>;
  /** Called inside `tidy` and, for training, inside a gradient: it must not read from or write to the rollout. */
  score(rollout: Rollout<Prompt, Action>): ComponentScores;
  /** Named, each trainable or frozen. */
  readonly parameters: ParameterStore;
}
