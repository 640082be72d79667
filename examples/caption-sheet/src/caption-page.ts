export interface CaptionedPose {
  readonly title: string;
  readonly text: string;
  /** How many constraints were read back from the text. */
  readonly claims: number;
  /** PNG files: from the front, three quarters, from the left. */
  readonly pictures: readonly Uint8Array[];
}

/** One HTML file with the pictures inside it. */
export function captionPage(poses: readonly CaptionedPose[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Poses and captions</title>
<style>
  body { font: 15px/1.45 system-ui, sans-serif; margin: 1rem; color: #222; background: #fff; }
  ol { display: grid; grid-template-columns: repeat(2, 1fr); gap: 12px; padding: 0; list-style: none; }
  li { display: flex; gap: 8px; border: 1px solid #ddd; padding: 6px; }
  img { display: block; height: 230px; }
  p { margin: 0.3rem 0; }
  small { color: #666; }
</style>
<ol>
${poses.map(item).join('\n')}
</ol>
</html>
`;
}

function item({ title, text, claims, pictures }: CaptionedPose, index: number): string {
  const images = pictures.map(
    (png) => `<img alt="" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`,
  );
  return `<li>${images.join('')}<div><small>${index + 1}. ${escaped(title)}</small><p>${escaped(text)}</p><small>${claims} constraints read back</small></div></li>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
