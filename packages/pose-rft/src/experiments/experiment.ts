import type { RunResult } from './run-result.js';
import type { Variant } from './variant.js';

/** A table or a plot that an experiment makes of its results. */
export type Finding =
  | { readonly kind: 'table'; readonly title: string; readonly markdown: string }
  | { readonly kind: 'plot'; readonly title: string; readonly file: string; readonly svg: string };

/** A question, the settings that answer it, and what is shown of the answer. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly variants: readonly Variant[];
  /** Iterations of a variant whose share is 1. */
  readonly iterations: number;
  /** How often a run is judged on the way, the start not counted; 0: only at the end. */
  readonly curvePoints: number;
  /** Works on any results, also of a few variants or of one seed. */
  findings(results: readonly RunResult[]): readonly Finding[];
}
