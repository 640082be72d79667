/** Figures of others, as they are printed: mean and standard deviation over five runs. */
export interface PublishedFigure {
  readonly method: string;
  readonly mean: number;
  readonly standardDeviation: number;
}

/**
 * Li et al., "HyAR: Addressing Discrete-Continuous Action Reinforcement Learning via Hybrid Action Representation",
 * ICLR 2022, arXiv 2109.05490, table 2 ("average episodic reward"; in its code that is the share of successes, except
 * for Platform). All methods in it had the same number of environment steps.
 */
export const HYAR_TABLE_2: Readonly<Record<string, readonly PublishedFigure[]>> = {
  platform: figures([0.93, 0.05], [0.8, 0.02], [0.87, 0.06], [0.98, 0.01]),
  'goal-v0': figures([0.7, 0.07], [0, 0], [0.53, 0.02], [0.78, 0.03]),
  'catch-point': figures([0.77, 0.07], [0.69, 0.09], [0.89, 0.01], [0.9, 0.03]),
  'hard-move-4': figures([0.69, 0.07], [0.09, 0.02], [0.91, 0.03], [0.93, 0.02]),
  'hard-move-6': figures([0.41, 0.05], [0.05, 0.01], [0.91, 0.04], [0.92, 0.04]),
  'hard-move-8': figures([0.04, 0.01], [0.04, 0.01], [0.85, 0.06], [0.89, 0.03]),
  'hard-move-10': figures([0.06, 0.02], [0.05, 0.01], [0.82, 0.06], [0.75, 0.05]),
};

type MeanAndDeviation = readonly [number, number];

function figures(
  pdqn: MeanAndDeviation,
  hppo: MeanAndDeviation,
  hyarDdpg: MeanAndDeviation,
  hyarTd3: MeanAndDeviation,
): readonly PublishedFigure[] {
  const columns = { 'P-DQN': pdqn, HPPO: hppo, 'HyAR-DDPG': hyarDdpg, 'HyAR-TD3': hyarTd3 };
  return Object.entries(columns).map(([method, [mean, standardDeviation]]) => ({
    method,
    mean,
    standardDeviation,
  }));
}
