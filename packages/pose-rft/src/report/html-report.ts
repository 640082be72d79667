import { bootstrapMean, bootstrapPairedDifference } from '../statistics/bootstrap.js';
import {
  formatMetric,
  judgeChange,
  METRIC_NAMES,
  METRICS,
  type EvaluationResult,
  type MetricName,
} from '../evaluation/metrics.js';
import { escapeHtml } from './escape-html.js';
import { lineChart, type Curve } from './line-chart.js';
import { REPORT_STYLE } from './report-style.js';

/** One held-out sentence, answered before and after the run. */
export interface GalleryEntry {
  readonly sentence: string;
  readonly before: GalleryAnswer;
  readonly after: GalleryAnswer;
}

export interface GalleryAnswer {
  /** The answer's text, as the model wrote it. */
  readonly text: string;
  /** A PNG of the pose, or undefined when the answer held none. */
  readonly picture: Uint8Array | undefined;
  /** Share of the sentence's posecodes that the pictured pose satisfies; NaN without a pose. */
  readonly satisfied: number;
}

/** What a fine-tuning run leaves behind for a person to look at. */
export interface RunReport {
  readonly title: string;
  /** One sentence on what ran and how it ended. */
  readonly summary: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly curves: readonly Curve[];
  readonly before: EvaluationResult;
  readonly after: EvaluationResult;
  readonly gallery: readonly GalleryEntry[];
}

/** Renders a run as one self-contained HTML page: no script, no request, pictures and charts inside. */
export function htmlReport(report: RunReport): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(report.title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(report.title)}</h1>
<p class="summary">${escapeHtml(report.summary)}</p>
<section><h2>Before and after, on held-out prompts</h2>${comparisonTable(report.before, report.after)}</section>
<section><h2>The same sentences, before and after</h2>
<p class="note">The mean pose of the first answer that the model samples for each sentence; posecodes are the rules that the sentence states.</p>
<div class="gallery">${report.gallery.map(galleryCard).join('')}</div></section>
<section><h2>Training</h2><div class="charts">${report.curves.map(chartCard).join('')}</div></section>
<section><h2>Set-up</h2><table class="facts">${Object.entries(report.facts)
    .map(([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`)
    .join('')}</table></section>
</main>
</body>
</html>
`;
}

function comparisonTable(before: EvaluationResult, after: EvaluationResult): string {
  const rows = METRIC_NAMES.map((metric) => comparisonRow(metric, before, after)).join('');
  return (
    '<div class="scroll"><table class="comparison"><thead><tr><th scope="col">metric</th><th scope="col">before</th>' +
    '<th scope="col">after</th><th scope="col">change</th><th scope="col">95 % interval</th><th scope="col">what it is</th></tr></thead>' +
    `<tbody>${rows}</tbody></table></div>` +
    `<p class="note">${before.promptCount} prompts, ${before.candidatesPerPrompt} sampled answers each. Intervals: percentile bootstrap over prompts, paired.</p>`
  );
}

function comparisonRow(metric: MetricName, before: EvaluationResult, after: EvaluationResult): string {
  const first = before.perPrompt[metric];
  const second = after.perPrompt[metric];
  const change = bootstrapPairedDifference(first, second);
  const crossesZero = change.low <= 0 && change.high >= 0;
  const verdict = crossesZero ? 'neither' : judgeChange(metric, change.mean);
  const sign = (value: number): string => (value > 0 ? '+' : '') + formatMetric(metric, value);
  return (
    `<tr><th scope="row">${escapeHtml(METRICS[metric].label)}</th>` +
    `<td>${formatMetric(metric, bootstrapMean(first).mean)}</td><td>${formatMetric(metric, bootstrapMean(second).mean)}</td>` +
    `<td class="${verdict}">${sign(change.mean)}</td><td>${sign(change.low)} … ${sign(change.high)}</td>` +
    `<td class="explanation">${escapeHtml(METRICS[metric].explanation)}</td></tr>`
  );
}

function galleryCard(entry: GalleryEntry): string {
  return (
    `<figure><figcaption>“${escapeHtml(entry.sentence)}”</figcaption><div class="pair">` +
    galleryAnswer('before', entry.before) +
    galleryAnswer('after', entry.after) +
    '</div></figure>'
  );
}

function galleryAnswer(moment: string, answer: GalleryAnswer): string {
  const picture =
    answer.picture === undefined
      ? '<div class="missing">no pose in the answer</div>'
      : `<img alt="${escapeHtml(`pose ${moment} the run`)}" src="data:image/png;base64,${Buffer.from(answer.picture).toString('base64')}">`;
  const satisfied = Number.isNaN(answer.satisfied)
    ? ''
    : ` · ${(100 * answer.satisfied).toFixed(0)} % satisfied`;
  return `<div class="answer">${picture}<p class="moment">${moment}${satisfied}</p><p class="text">${escapeHtml(answer.text)}</p></div>`;
}

function chartCard(curve: Curve): string {
  const wanted = curve.wanted === 'none' ? '' : ` (${curve.wanted} is better)`;
  return (
    `<div class="chart"><h3>${escapeHtml(curve.label)}</h3><p class="note">${escapeHtml(curve.unit + wanted)}</p>` +
    `${lineChart(curve)}</div>`
  );
}
