export { NotAWorkerError, servePolicy, type ServedPolicy } from './workers/serve-policy.js';
export {
  createWorkerPool,
  WorkerPolicyError,
  type WorkerPool,
  type WorkerPoolOptions,
} from './workers/worker-pool.js';
export { WorkerFailedError } from './workers/worker-thread.js';
export {
  serveReward,
  workerReward,
  type WorkerReward,
  type WorkerRewardOptions,
} from './workers/worker-reward.js';
