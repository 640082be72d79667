import { budgetSweep } from './budget-sweep.js';
import type { Experiment } from './experiment.js';
import { rewardAblation } from './reward-ablation.js';
import { rewardHacking } from './reward-hacking.js';
import { weightSweep } from './weight-sweep.js';

/** The experiments that `pose-rft experiment` runs. */
export const EXPERIMENTS: readonly Experiment[] = [rewardAblation, rewardHacking, weightSweep, budgetSweep];
