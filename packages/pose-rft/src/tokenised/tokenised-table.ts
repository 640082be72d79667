import { METRICS, type MetricName } from '../evaluation/metrics.js';
import { meanAndDeviation } from '../learn/learning-table.js';
import { markdownTable } from '../report/markdown-table.js';
import type { TokenisedRecord } from './method-family.js';
import type { TokeniserRecord } from './tokenised-family.js';
import { TOKENISED_METHOD_NAMES, tokenisedMethod } from './tokenised-methods.js';

/** The metrics of the comparison: those that mean the same for a distribution and for codes. */
const SHOWN: readonly MetricName[] = [
  'formatRate',
  'statementTruth',
  'satisfiedMean',
  'satisfiedSample',
  'mpjpeMean',
  'mpjpeSample',
  'paMpjpeMean',
  'paMpjpeSample',
  'withinLimits',
  'diversityEvidence',
  'diversityText',
];

/** The records as a Markdown table: a row per method, then what the codes alone lose; mean ± deviation over seeds. */
export function tokenisedTable(
  records: readonly TokenisedRecord[],
  tokenisers: readonly TokeniserRecord[],
): string {
  const header = [
    'method',
    'steps',
    'CPU (s)',
    ...SHOWN.map((metric) => `${METRICS[metric].label} (${METRICS[metric].unit})`),
  ];
  const rows = TOKENISED_METHOD_NAMES.flatMap((name) => {
    const own = records.filter(({ method }) => method === name);
    if (own.length === 0) return [];
    return [
      [
        tokenisedMethod(name).label,
        figure(
          own.map(({ steps }) => steps),
          0,
        ),
        figure(
          own.map(({ cpuSeconds }) => cpuSeconds),
          0,
        ),
        ...SHOWN.map((metric) =>
          metricFigure(
            metric,
            own.map(({ metrics }) => metrics[metric]),
          ),
        ),
      ],
    ];
  });
  const floor =
    tokenisers.length === 0
      ? []
      : [
          [
            'the targets themselves, as codes',
            figure(
              tokenisers.map(({ steps }) => steps),
              0,
            ),
            figure(
              tokenisers.map(({ cpuSeconds }) => cpuSeconds),
              0,
            ),
            ...SHOWN.map((metric) =>
              MEASURED_ON_TARGETS.has(metric)
                ? metricFigure(
                    metric,
                    tokenisers.map(({ reconstruction }) => reconstruction[metric]),
                  )
                : '-',
            ),
          ],
        ];
  return markdownTable([header, ...rows, ...floor]);
}

const MEASURED_ON_TARGETS: ReadonlySet<MetricName> = new Set([
  'satisfiedMean',
  'mpjpeMean',
  'paMpjpeMean',
  'withinLimits',
]);

/** How much of each level's codebook is used, averaged over seeds, as a Markdown table. */
export function usageTable(tokenisers: readonly TokeniserRecord[]): string {
  const levels = tokenisers[0]?.usage ?? [];
  const average = (level: number, field: 'used' | 'perplexity'): string =>
    figure(
      tokenisers.map(({ usage }) => usage[level]?.[field] ?? Number.NaN),
      0,
    );
  return markdownTable([
    ['level', ...levels.map((_, level) => String(level))],
    ['entries used', ...levels.map((_, level) => average(level, 'used'))],
    ['perplexity', ...levels.map((_, level) => average(level, 'perplexity'))],
  ]);
}

function metricFigure(metric: MetricName, values: readonly number[]): string {
  const scale = METRICS[metric].unit === '%' ? 100 : 1;
  return figure(
    values.map((value) => scale * value),
    1,
  );
}

function figure(values: readonly number[], digits: number): string {
  const { mean, deviation } = meanAndDeviation(values);
  if (Number.isNaN(mean)) return '-';
  return mean.toFixed(digits) + (Number.isNaN(deviation) ? '' : ` ± ${deviation.toFixed(digits)}`);
}
