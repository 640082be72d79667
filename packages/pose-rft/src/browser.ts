// What runs in a browser: the model from bytes, training, answers, charts. Nothing here, or below it, imports a module of
// Node; the rest of the package reads and writes files.
export {
  answerSentence,
  EmptySentenceError,
  type SentenceAnswer,
  type SentenceAnswers,
} from './generate/answer-sentence.js';
export { decodePoseModel } from './model/checked-pose-model.js';
export { createPoseModel, meanPoseOf, poseModelOf, type PoseModel } from './model/pose-model.js';
export { poseRewards } from './recipes/pose-rewards.js';
export { stepBudget, type Budget } from './recipes/cpu-clock.js';
export {
  hyGrpoConfig,
  REINFORCEMENT_METHODS,
  reinforcementMethod,
  type ReinforcementMethod,
  type ReinforcementMethodDefinition,
} from './recipes/reinforcement-method.js';
export { trainReinforcement, type ReinforcementOptions } from './recipes/train-reinforcement.js';
export { trainSupervised, type SupervisedOptions, type SupervisedStep } from './recipes/train-supervised.js';
export { lineChart, type Curve } from './report/line-chart.js';
