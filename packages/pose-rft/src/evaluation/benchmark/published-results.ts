import type { BenchmarkName } from './benchmark.js';

/** Figures that were published, as their authors print them. */
export interface PublishedTable {
  /** What they are on, and from where. */
  readonly caption: string;
  /** Which benchmark has the same data; on others they stand for orientation. */
  readonly benchmark: BenchmarkName;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly method: string; readonly values: readonly (number | undefined)[] }[];
}

const SOURCE = 'as Pose-RFT prints it (ICLR 2026, arXiv 2508.07804)';

/** Image to pose: MPJPE and PA-MPJPE in millimetres. */
export const PUBLISHED_PICTURES: readonly PublishedTable[] = [
  {
    caption: `3DPW, ${SOURCE}`,
    benchmark: '3dpw',
    columns: ['MPJPE', 'PA-MPJPE'],
    rows: [
      { method: 'ChatPose', values: [163.6, 81.9] },
      { method: 'UniPose', values: [94.7, 59.1] },
      { method: 'Pose-RFT', values: [85.9, 51.6] },
    ],
  },
  {
    caption: `Human3.6M, ${SOURCE}`,
    benchmark: 'h36m',
    columns: ['MPJPE', 'PA-MPJPE'],
    rows: [
      { method: 'ChatPose', values: [126.0, undefined] },
      { method: 'UniPose', values: [69.2, undefined] },
      { method: 'Pose-RFT', values: [63.0, undefined] },
    ],
  },
  {
    caption: `RPE, ${SOURCE}`,
    benchmark: 'rpe',
    columns: ['MPJPE', 'PA-MPJPE'],
    rows: [
      { method: 'ChatPose', values: [275.0, 101.8] },
      { method: 'UniPose', values: [213.4, 94.1] },
      { method: 'Pose-RFT', values: [198.6, 87.0] },
    ],
  },
  {
    caption: 'EMDB, as TokenHMR prints it (README)',
    benchmark: 'emdb',
    columns: ['MPJPE', 'PA-MPJPE'],
    rows: [{ method: 'TokenHMR', values: [89.5, 55.6] }],
  },
];

/** Text to pose: recall of poses by texts over the whole split, percent. */
export const PUBLISHED_TEXTS: readonly PublishedTable[] = [
  {
    caption: `PoseScript, full retrieval, text to pose, ${SOURCE}`,
    benchmark: 'posescript',
    columns: ['R@5', 'R@10', 'R@20'],
    rows: [
      { method: 'ChatPose', values: [17.6, 25.3, 35.8] },
      { method: 'Pose-RFT', values: [42.2, 53.0, 65.5] },
    ],
  },
];
