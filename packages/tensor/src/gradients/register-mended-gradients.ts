import { registerGradient } from '@tensorflow/tfjs-core';
import { comparisonGradients } from './comparison-gradients.js';
import { cumulativeProductGradient } from './cumulative-product-gradient.js';
import { cumulativeSumGradient } from './cumulative-sum-gradient.js';
import { absGradient, maximumGradient, minimumGradient } from './elementwise-gradients.js';
import {
  gatherGradient,
  gatherNdGradient,
  scatterNdGradient,
  stridedSliceGradient,
} from './index-gradients.js';
import { matMulGradient } from './mat-mul-gradient.js';

/** Puts our gradients in the place of tfjs's wrong, slow or missing ones; each says what it mends. */
export function registerMendedGradients(): void {
  for (const gradient of [
    absGradient,
    ...comparisonGradients,
    cumulativeProductGradient,
    cumulativeSumGradient,
    gatherGradient,
    gatherNdGradient,
    matMulGradient,
    maximumGradient,
    minimumGradient,
    scatterNdGradient,
    stridedSliceGradient,
  ])
    registerGradient(gradient);
}
