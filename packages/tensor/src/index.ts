import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import { quietTensorFlow } from './backend/quiet-tensorflow.js';
import { registerMendedGradients } from './gradients/register-mended-gradients.js';

// The stock gradients first (some of them use chained ops), then the mended ones in their place.
quietTensorFlow();
registerMendedGradients();

export * from '@tensorflow/tfjs-core';

export { useBackend, type BackendReport, type SkippedBackend } from './backend/use-backend.js';
export {
  doctor,
  formatDoctor,
  type BackendDiagnosis,
  type DoctorOptions,
  type DoctorReport,
  type Machine,
} from './backend/doctor.js';
export { measureSpeed, type BackendSpeed } from './backend/measure-speed.js';
export { BackendUnavailableError, UnknownBackendError } from './backend/backend-errors.js';
export { BACKEND_NAMES, setWasmFolder, type BackendName } from './backend/backend-candidates.js';
export { NotInNodeError } from './backend/node-builtins.js';

// Ops under tfjs's names that replace tfjs's, and ops that it lacks.
export { cholesky } from './ops/cholesky.js';
export { cumprod, cumsum } from './ops/cumulative.js';
export { einsum, EinsumError } from './ops/einsum.js';
export { digamma, digammaIncrease, logBeta, logGamma } from './ops/log-gamma.js';
export { lowerTriangle } from './ops/lower-triangle.js';
export { safeAcos, safeEntropy, safeNorm, safeSqrt } from './ops/safe-math.js';
export {
  multinomial,
  randomGamma,
  randomNormal,
  randomStandardNormal,
  truncatedNormal,
} from './ops/seeded-random.js';
export { DisposedTensorError, stopGradient } from './ops/stop-gradient.js';
export { SingularMatrixError, triangularSolve } from './ops/triangular-solve.js';

export {
  createParameterStore,
  MissingParameterError,
  ShapeMismatchError,
  UnreachableLossError,
  valueAndGradients,
  type ParameterStore,
} from './parameter-store.js';
export {
  createAdamW,
  InvalidOptimizerError,
  type AdamW,
  type AdamWConfig,
  type AdamWMoments,
  type AdamWState,
  type AdamWStepReport,
} from './adamw.js';
export { writeFileAtomically } from './safetensors/atomic-file.js';
export {
  bfloat16BitsToFloat32,
  float16BitsToFloat32,
  float32ToBfloat16Bits,
  float32ToFloat16Bits,
} from './safetensors/half-precision.js';
export {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensors,
  type SafetensorsContents,
} from './safetensors/safetensors-codec.js';
export { SafetensorsError } from './safetensors/safetensors-error.js';
export {
  readSafetensors,
  writeSafetensors,
  type LazyTensorData,
  type SafetensorsFile,
} from './safetensors/safetensors-file.js';
export { type TensorShape } from './safetensors/safetensors-header.js';
export {
  readShardedSafetensors,
  SHARD_INDEX_NAME,
  writeShardedSafetensors,
} from './safetensors/safetensors-shards.js';
export { dataToTensor, tensorToData } from './safetensors/tensor-conversion.js';
export {
  tensorDataFromFloat32,
  tensorDataToFloat32,
  TENSOR_DTYPES,
  type TensorData,
  type TensorDtype,
} from './safetensors/tensor-data.js';
export {
  constantSchedule,
  cosineSchedule,
  InvalidScheduleError,
  linearSchedule,
  type DecayOptions,
  type Schedule,
  type WarmUpOptions,
} from './learning-rate-schedule.js';

export { cachedAttention } from './fused/cached-attention.js';
export {
  AttentionLayoutError,
  createAttentionLayout,
  narrowToWindow,
  type AttentionLayout,
  type AttentionLayoutOptions,
  type AttentionSegment,
} from './fused/attention-layout.js';
export { type AttentionHeads, type HeadCounts } from './fused/attention-heads.js';
export { diagonalGaussianGroupLogProbs } from './fused/gaussian-log-probs.js';
export { gatherRows } from './fused/gather-rows.js';
export { appendToCache, createKeyValueCache, type KeyValueCache } from './fused/key-value-cache.js';
export { fusedKernelsActive, fusedKernelStatus, type FusedKernelStatus } from './fused/kernel-instance.js';
export { FusedOperandError } from './fused/operand.js';
export { packedAttention } from './fused/packed-attention.js';
export {
  projectedTokenLogProbs,
  type ProjectedTokenLogProbsOptions,
} from './fused/projected-token-log-probs.js';
export { recomputeInBackward } from './gradients/recompute-in-backward.js';
export { rmsNorm } from './fused/rms-norm.js';
export { createRotaryTables, rotaryEmbedding, type RotaryTables } from './fused/rotary-embedding.js';
export { rotaryFrequencies, type RotaryFrequencies, type RotaryScaling } from './fused/rotary-frequencies.js';
export { type RowIndices } from './fused/row-indices.js';
export { swiGlu } from './fused/swi-glu.js';
export { tokenLogProbs } from './fused/token-log-probs.js';
