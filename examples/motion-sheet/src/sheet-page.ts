import type { Picture } from './film-strip.js';

export interface Strip {
  readonly title: string;
  readonly pictures: readonly Picture[];
}

/** One HTML file with the pictures inside it. */
export function sheetPage(title: string, strips: readonly Strip[]): string {
  const sections = strips.map(
    (strip) =>
      `<section><h2>${escaped(strip.title)}</h2>\n${strip.pictures.map(figure).join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
  body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff; }
  h2 { font-size: 1rem; margin: 1.5rem 0 0.5rem; }
  section { display: grid; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); gap: 4px; }
  section h2 { grid-column: 1 / -1; }
  figure { margin: 0; }
  img { display: block; width: 100%; max-width: 180px; margin: auto; }
  figcaption { font-size: 0.75rem; color: #666; text-align: center; }
</style>
<h1>${escaped(title)}</h1>
${sections.join('\n')}
</html>
`;
}

function figure({ caption, png }: Picture): string {
  const data = Buffer.from(png).toString('base64');
  return `<figure><img alt="${escaped(caption)}" src="data:image/png;base64,${data}"><figcaption>${escaped(caption)}</figcaption></figure>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
