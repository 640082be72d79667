export {
  TrainingCheckpointError,
  listCheckpoints,
  openNewestCheckpoint,
  removeCheckpoints,
  writeCheckpoint,
  type CheckpointFolder,
} from './node/checkpoint-folder.js';
export { fileCheckpoints } from './node/file-checkpoints.js';
export { readOptimizerFile, writeOptimizerFile } from './node/optimizer-file.js';
export { jsonlLog } from './node/jsonl-log.js';
export { tensorBoardLog } from './node/tensorboard-log.js';
