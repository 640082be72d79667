import { env } from '@tensorflow/tfjs-core';

/** Stops tfjs from printing advertisements and warnings; the flag governs nothing else (tfjs-core/src/log.ts). */
export function quietTensorFlow(): void {
  env().set('PROD', true);
}
