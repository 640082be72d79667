import { ratioOf, type Spread } from './bench-statistics.js';
import type { KernelShare } from './policy-tasks.js';

/** One backend's figures beside the peer's, ready to be written down. */
export interface BenchLine {
  readonly title: string;
  readonly backend: string;
  readonly unit: 's' | 'ms' | 'MB';
  readonly peer: Spread | undefined;
  readonly own: Spread;
  /** The least that this machine would need; undefined if it was not counted. */
  readonly floor: number | undefined;
  /** Times as fast as the peer; for memory, the share of the peer's. */
  readonly target: number | undefined;
  readonly profile: readonly KernelShare[] | undefined;
}

const HEADINGS = [
  'work',
  'backend',
  'peer',
  'us',
  'unit',
  'ratio (quartiles)',
  'target',
  '',
  'floor',
  'us / floor',
];
const KERNELS_SHOWN = 6;

/** Whether a line reaches its target; undefined without peer or target. */
export function reachesTarget({ unit, peer, own, target }: BenchLine): boolean | undefined {
  if (peer === undefined || target === undefined) return undefined;
  return unit === 'MB' ? own.median / peer.median <= target : peer.median / own.median >= target;
}

/** A Markdown table of the lines, then where the time of those goes that miss their target. */
export function formatBench(lines: readonly BenchLine[]): string {
  const rows = [HEADINGS, ...lines.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const table = [line(HEADINGS), rule, ...rows.slice(1).map(line)].join('\n');
  const profiles = lines.filter((each) => reachesTarget(each) === false).flatMap(profileOf);
  return profiles.length === 0
    ? table
    : `${table}\n\nWhere the time goes in those that miss their target:\n\n${profiles.join('\n')}`;
}

function cellsOf(line: BenchLine): string[] {
  const { title, backend, unit, peer, own, floor, target } = line;
  const reached = reachesTarget(line);
  return [
    title,
    backend,
    peer === undefined ? 'not here' : spreadText(peer, unit),
    spreadText(own, unit),
    unit,
    peer === undefined ? '' : ratioText(unit, peer, own),
    target === undefined ? '' : unit === 'MB' ? `at most ${target}x` : `${target}x`,
    reached === undefined ? '' : reached ? 'reached' : 'missed',
    floor === undefined ? '' : numberText(floor, unit),
    floor === undefined ? '' : `${(own.median / floor).toFixed(1)}x`,
  ];
}

function ratioText(unit: BenchLine['unit'], peer: Spread, own: Spread): string {
  if (unit === 'MB') return `${(own.median / peer.median).toFixed(2)}x of its`;
  const { ratio, low, high } = ratioOf(peer, own);
  return `${ratio.toFixed(2)}x (${low.toFixed(2)}-${high.toFixed(2)})`;
}

function spreadText({ median, least, most }: Spread, unit: BenchLine['unit']): string {
  return `${numberText(median, unit)} (${numberText(least, unit)}-${numberText(most, unit)})`;
}

function numberText(value: number, unit: BenchLine['unit']): string {
  return value.toFixed(unit === 's' ? 2 : 0);
}

function profileOf({ title, backend, profile }: BenchLine): string[] {
  if (profile === undefined) return [];
  const shown = profile.slice(0, KERNELS_SHOWN);
  const outside = profile.at(-1);
  if (outside !== undefined && !shown.includes(outside)) shown.push(outside);
  const rest = 1 - shown.reduce((sum, { share }) => sum + share, 0);
  const parts = [...shown, { kernel: 'other kernels', share: rest }]
    .filter(({ share }) => share >= 0.005)
    .map(({ kernel, share }) => `${kernel} ${(100 * share).toFixed(0)} %`);
  return [`- ${title}, ${backend}: ${parts.join(', ')}`];
}
