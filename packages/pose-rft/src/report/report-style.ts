/** The report's style sheet: plain, printable, readable in light and dark. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5d6675; --line: #d9dee6; --paper: #ffffff; --card: #f6f8fb;
  --accent: #1f6feb; --good: #15803d; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #98a2b3; --line: #30363d; --paper: #0f1318;
  --card: #171c23; --accent: #58a6ff; --good: #4ade80; --bad: #f87171; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 1.9rem; margin: 0 0 .3rem; line-height: 1.2; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .8rem; }
h3 { font-size: .95rem; margin: 0; }
.summary { font-size: 1.05rem; color: var(--soft); margin: 0; text-wrap: balance; }
.note { color: var(--soft); font-size: .85rem; margin: .35rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.comparison { width: 100%; min-width: 760px; }
th, td { text-align: right; padding: .4rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, .facts td, .explanation { text-align: left; }
thead th { color: var(--soft); font-weight: 600; font-size: .85rem; }
tbody th, .facts th { font-weight: 600; }
.explanation { white-space: normal; color: var(--soft); font-size: .85rem; min-width: 16rem; }
.better { color: var(--good); font-weight: 700; }
.worse { color: var(--bad); font-weight: 700; }
.gallery { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px; }
figcaption { font-weight: 600; min-height: 3em; margin-bottom: 8px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
.answer img, .missing { width: 100%; aspect-ratio: 3 / 4; border-radius: 6px; display: block; background: #e9edf3; object-fit: cover; }
.missing { display: grid; place-items: center; color: #5d6675; font-size: .85rem; }
.moment { margin: .4rem 0 0; font-size: .82rem; font-weight: 600; }
.text { margin: .1rem 0 0; font-size: .78rem; color: var(--soft); overflow-wrap: anywhere; }
.charts { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); }
.chart { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px; }
svg { width: 100%; height: auto; display: block; }
.grid { stroke: var(--line); stroke-width: 1; }
.tick { fill: var(--soft); font-size: 10px; }
.raw { fill: none; stroke: var(--accent); stroke-width: 1; opacity: .28; }
.mean { fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linejoin: round; }
`;
