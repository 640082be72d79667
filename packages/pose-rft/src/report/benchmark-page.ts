import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { axisAngleToMatrix, composeRotations, matrixToRotation6d, rotation6dToMatrix } from '@pose-rft/smpl';
import {
  coverageLine,
  summaryLines,
  TASK_TITLES,
  taskTables,
  type TextTable,
} from '../evaluation/benchmark/benchmark-markdown.js';
import {
  BENCHMARK_METRICS,
  formatBenchmarkMetric,
  type BenchmarkMetricName,
} from '../evaluation/benchmark/benchmark-metrics.js';
import { formatProblems } from '../evaluation/benchmark/benchmark-problem.js';
import type { BenchmarkCase, BenchmarkResult, TaskResult } from '../evaluation/benchmark/benchmark-result.js';
import type { Benchmark, BenchmarkSample } from '../evaluation/benchmark/benchmark.js';
import { escapeHtml } from './escape-html.js';
import { inBodyFrame, posePicture } from './pose-picture.js';
import { reliabilityChart } from './reliability-chart.js';
import { REPORT_STYLE } from './report-style.js';

const PAGE_STYLE = `
.wide { width: 100%; }
.wide td, .wide th { vertical-align: top; }
thead th.explanation { text-align: left; }
section h3 { margin: 1.6rem 0 .4rem; }
.trio { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 10px; }
.chart.square { max-width: 380px; }
.ideal { fill: none; stroke: var(--soft); stroke-width: 1.2; stroke-dasharray: 4 4; }
.dot { fill: var(--accent); }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px; overflow-x: auto; font-size: .82rem; }
`;
/** A picture larger than this is left out: a page should open at once. */
const LARGEST_PICTURE_BYTES = 600_000;

/**
 * Renders a result as one self-contained HTML page: every table, the reliability plots, and the best and worst cases as
 * pictures, the truth beside the answer. No script, no request.
 */
export async function benchmarkPage(
  result: BenchmarkResult,
  { folder, yAxis = 'up' }: Pick<Benchmark, 'folder' | 'yAxis'>,
): Promise<string> {
  const sections: string[] = [];
  for (const task of result.tasks) sections.push(await taskSection(result, task, folder, yAxis));
  const problems = formatProblems(result.problems);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${result.title}: ${result.predictor}`)}</title>
<style>${REPORT_STYLE}${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(`${result.title}: ${result.predictor}`)}</h1>
<ul class="note">${summaryLines(result)
    .map((line) => `<li>${escapeHtml(line)}</li>`)
    .join('')}</ul>
${sections.join('\n')}
<section><h2>Left out</h2>${problems.length === 0 ? '<p>Nothing.</p>' : `<pre>${escapeHtml(problems.join('\n'))}</pre>`}</section>
</main>
</body>
</html>
`;
}

async function taskSection(
  result: BenchmarkResult,
  task: TaskResult,
  folder: string | undefined,
  yAxis: 'up' | 'down',
): Promise<string> {
  const { calibration, caseMetric } = task;
  const galleries = await Promise.all(
    (['worst', 'best'] as const).map((which) => gallery(task, which, { folder, yAxis, caseMetric })),
  );
  return (
    `<section><h2>${TASK_TITLES[task.task]}</h2><p class="summary">${escapeHtml(coverageLine(task))}</p>` +
    taskTables(result, task).map(htmlTable).join('') +
    (calibration === undefined
      ? ''
      : `<h3>Reliability of sigma</h3><p class="note">Below the dashed line: over-confident. Faint: single joints.</p>` +
        `<div class="chart square">${reliabilityChart(calibration)}</div>`) +
    galleries.join('') +
    '</section>'
  );
}

function htmlTable({ title, columns, rows, note }: TextTable): string {
  const explains = columns.at(-1) === 'what it is';
  const cellClass = (index: number): string =>
    explains && index === columns.length - 1 ? ' class="explanation"' : '';
  const head = columns
    .map((column, index) => `<th scope="col"${cellClass(index)}>${escapeHtml(column)}</th>`)
    .join('');
  const body = rows
    .map(([first = '', ...cells]) => {
      const rest = cells.map((cell, index) => `<td${cellClass(index + 1)}>${escapeHtml(cell)}</td>`);
      return `<tr><th scope="row">${escapeHtml(first)}</th>${rest.join('')}</tr>`;
    })
    .join('');
  return (
    `<h3>${escapeHtml(title)}</h3><div class="scroll"><table class="wide"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>` +
    (note === undefined ? '' : `<p class="note">${escapeHtml(note)}</p>`)
  );
}

interface GalleryOptions {
  readonly folder: string | undefined;
  readonly yAxis: 'up' | 'down';
  readonly caseMetric: BenchmarkMetricName | undefined;
}

async function gallery(task: TaskResult, which: 'worst' | 'best', options: GalleryOptions): Promise<string> {
  const { caseMetric } = options;
  if (caseMetric === undefined || task[which].length === 0) return '';
  const cards = await Promise.all(task[which].map((each) => card(each, options)));
  return (
    `<h3>The ${which} cases, by ${escapeHtml(BENCHMARK_METRICS[caseMetric].label)}</h3>` +
    `<p class="note">Truth, and the mean pose of the first answer${task.task === 'text-to-pose' ? ', both upright and facing the front' : ', seen from the same side'}.</p>` +
    `<div class="gallery">${cards.join('')}</div>`
  );
}

async function card(
  { sample, text, mean6d, scores }: BenchmarkCase,
  options: GalleryOptions,
): Promise<string> {
  const { caseMetric, folder, yAxis } = options;
  const shown = (pose6d: Float32Array | undefined): string => {
    if (pose6d === undefined) return '<div class="missing">no pose to draw</div>';
    const upright =
      sample.task === 'text-to-pose' ? inBodyFrame(pose6d) : yAxis === 'down' ? turnedOver(pose6d) : pose6d;
    return image('image/png', posePicture(upright), 'a pose');
  };
  const score = caseMetric === undefined ? '' : formatBenchmarkMetric(caseMetric, scores[caseMetric] ?? NaN);
  const source = await sourcePicture(sample, folder);
  return (
    `<figure><figcaption>${escapeHtml(sample.task === 'text-to-pose' ? `“${sample.question}”` : sample.id)}</figcaption>` +
    `<div class="trio">${source === undefined ? '' : `<div class="answer">${source}<p class="moment">picture</p></div>`}` +
    `<div class="answer">${shown(sample.truth.person?.pose6d)}<p class="moment">truth</p></div>` +
    `<div class="answer">${shown(mean6d)}<p class="moment">answer · ${escapeHtml(score)}</p>` +
    `<p class="text">${escapeHtml(text ?? '')}</p></div></div></figure>`
  );
}

/** The sample's picture as it lies on disk, if it does: browsers decode it. */
async function sourcePicture(
  { image: reference }: BenchmarkSample,
  folder: string | undefined,
): Promise<string | undefined> {
  if (reference === undefined || folder === undefined) return undefined;
  const bytes = await readFile(join(folder, reference.path)).catch(() => undefined);
  if (bytes === undefined || bytes.length > LARGEST_PICTURE_BYTES) return undefined;
  return image(
    reference.path.endsWith('.png') ? 'image/png' : 'image/jpeg',
    bytes,
    'the picture asked about',
  );
}

function image(type: string, bytes: Uint8Array, description: string): string {
  return `<img alt="${description}" src="data:${type};base64,${Buffer.from(bytes).toString('base64')}">`;
}

/** From a camera's frame with y down to one with y up, as pictures are drawn. */
function turnedOver(pose6d: Float32Array): Float32Array {
  const [flip, root] = [new Float64Array(9), new Float64Array(9)];
  axisAngleToMatrix(Float64Array.of(Math.PI, 0, 0), 0, flip, 0);
  rotation6dToMatrix(pose6d, 0, root, 0);
  composeRotations(flip, 0, root, 0, root, 0);
  const turned = Float32Array.from(pose6d);
  matrixToRotation6d(root, 0, turned, 0);
  return turned;
}
