export { checkGradients, GradientMismatchError, type GradientCheckOptions } from './gradient-check.js';
export { countTensors, expectNoTensorLeak, TensorLeakError, trackTensorLeaks } from './tensor-leaks.js';
