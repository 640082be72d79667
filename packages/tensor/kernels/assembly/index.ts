export { attentionBackward, attentionForward, longestRange } from './attention';
export { gaussianLogProbsBackward, gaussianLogProbsForward } from './gaussian-log-probs';
export { rmsNormBackward, rmsNormForward } from './rms-norm';
export { rotaryEmbedding } from './rotary-embedding';
export { appendToCache, firstIndexOutside, gatherRows, scatterAddRows } from './rows';
export { swiGluBackward, swiGluForward } from './swi-glu';
export { tokenLogProbsBackward, tokenLogProbsForward } from './token-log-probs';
