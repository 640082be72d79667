import { describe, expect, it } from 'vitest';
import { METRIC_NAMES, METRICS } from '../evaluation/metrics.js';
import { emptyEvaluation, rampEvaluation } from '../testing/evaluation-result.js';
import { escapeHtml } from './escape-html.js';
import { htmlReport, type RunReport } from './html-report.js';

const HOSTILE = '</p><script>alert("1")</script><img src=x onerror=\'alert(1)\'> & <POSE>';
const picture = Uint8Array.from([137, 80, 78, 71, 1, 2, 3]);
const dataUri = `data:image/png;base64,${Buffer.from(picture).toString('base64')}`;

const report: RunReport = {
  title: 'A run',
  summary: 'It went well.',
  facts: { seed: '7', method: 'hygrpo & co' },
  curves: [
    { label: 'reward', unit: 'share', values: [0.1, Number.NaN, 0.3], wanted: 'higher' },
    { label: 'KL', unit: 'nats', values: [0, 1, 2], wanted: 'none' },
  ],
  before: rampEvaluation(6),
  after: rampEvaluation(6, 0.2),
  gallery: [
    {
      sentence: 'someone kneeling',
      before: { text: 'here it is.', picture: undefined, satisfied: Number.NaN },
      after: { text: 'here it is: <POSE>.', picture, satisfied: 0.75 },
    },
  ],
};
const page = htmlReport(report);

/** The opening tags of a page, by name. */
function tagsOf(html: string): ReadonlySet<string> {
  return new Set(Array.from(html.matchAll(/<([a-z][a-z0-9]*)/g), ([, name = '']) => name));
}

describe('htmlReport', () => {
  it('needs nothing but itself: no script, no request', () => {
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/https?:|<script|<link|<iframe|@import|url\(/i);
    for (const [, source] of page.matchAll(/src="([^"]*)"/g))
      expect(source).toMatch(/^data:image\/png;base64,/);
  });

  it('shows every metric with its explanation, and judges the change', () => {
    for (const metric of METRIC_NAMES) {
      expect(page).toContain(`<th scope="row">${escapeHtml(METRICS[metric].label)}</th>`);
      expect(page).toContain(escapeHtml(METRICS[metric].explanation));
    }
    expect(page.match(/<td class="better">/g)).toHaveLength(5);
    expect(page.match(/<td class="worse">/g)).toHaveLength(4);
    expect(page.match(/<td class="neither">/g)).toHaveLength(2);
  });

  it('shows sentences, answers and pictures, and says where there was no pose', () => {
    expect(page).toContain('someone kneeling');
    expect(page).toContain('here it is: &lt;POSE&gt;.');
    expect(page).toContain(`src="${dataUri}"`);
    expect(page).toContain('no pose in the answer');
    expect(page).toContain('75 % satisfied');
  });

  it('shows each curve and each fact of the set-up', () => {
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page).toContain('share (higher is better)');
    expect(page).toContain('hygrpo &amp; co');
  });

  it('lets no text out of its place, wherever it comes from', () => {
    const answer = { text: HOSTILE, picture, satisfied: 1 };
    const hostile = htmlReport({
      ...report,
      title: HOSTILE,
      summary: HOSTILE,
      facts: { [HOSTILE]: HOSTILE },
      curves: [{ label: HOSTILE, unit: HOSTILE, values: [1], wanted: 'none' }],
      gallery: [{ sentence: HOSTILE, before: answer, after: answer }],
    });
    expect(tagsOf(hostile)).toEqual(tagsOf(page));
    expect(hostile).not.toContain('<script');
    expect(hostile.replaceAll(/"[^"]*"/g, '')).not.toMatch(/<[^>]*onerror/);
    expect(hostile.match(/&lt;script&gt;/g)?.length).toBeGreaterThanOrEqual(8);
  });

  it.each([
    ['nothing was measured', { before: emptyEvaluation(3), after: emptyEvaluation(3) }],
    ['there were no prompts', { before: emptyEvaluation(0), after: emptyEvaluation(0) }],
    ['a curve is empty', { curves: [{ label: 'x', unit: 'y', values: [], wanted: 'none' as const }] }],
    [
      'a curve was never measured',
      { curves: [{ label: 'x', unit: 'y', values: [NaN], wanted: 'none' as const }] },
    ],
    ['the gallery is empty', { gallery: [] }],
  ])('prints no NaN when %s', (_, changes) => {
    expect(htmlReport({ ...report, ...changes })).not.toMatch(/NaN|undefined|Infinity/);
  });
});
