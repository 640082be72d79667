import { PARENTS } from '@pose-rft/smpl';
import { encodePng } from '@pose-rft/smpl/render';
import type { SyntheticScene } from './synthetic-scene.js';

/**
 * A page that shows scenes, to be looked at: each picture large, its joints drawn over a second copy (in sight filled,
 * covered hollow), the caption, and the questions with their answers. One file of HTML without scripts or requests.
 *
 * @param scenes - with pictures; those without are shown as text
 * @example
 * ```ts
 * import { createScenes, sceneSheet } from '@pose-rft/datasets';
 *
 * const scenes = createScenes({ seed: 1, split: 'test', sizePixels: 64 });
 * const page = sceneSheet([scenes.scene(0), scenes.scene(1)]);
 * console.assert(page.startsWith('<!doctype html>') && page.split('<figure>').length === 3);
 * ```
 */
export function sceneSheet(scenes: Iterable<SyntheticScene>): string {
  const figures = Array.from(scenes, figure);
  return `<!doctype html>
<meta charset="utf-8">
<title>Synthetic scenes</title>
<style>
body{font:12px/1.35 sans-serif;margin:8px;display:grid;grid-template-columns:repeat(auto-fill,minmax(400px,1fr));gap:8px}
figure{margin:0;padding:4px;border:1px solid #ccc}
.pair{display:flex;gap:4px}.pair>*{flex:1;width:50%;aspect-ratio:1;position:relative}
img{width:100%;height:100%;image-rendering:pixelated}svg{position:absolute;inset:0;width:100%;height:100%}
</style>
${figures.join('\n')}
`;
}

function figure(scene: SyntheticScene): string {
  const { index, split, picture, sizePixels, caption, questions } = scene;
  const image =
    picture === undefined
      ? ''
      : `<img alt="" src="data:image/png;base64,${base64(encodePng(picture, sizePixels, sizePixels))}">`;
  const talk = questions.map(({ question, answer }) => `<br>${escape(question)} <b>${escape(answer)}</b>`);
  return (
    `<figure><div class="pair"><div>${image}</div><div>${image}${skeleton(scene)}</div></div>` +
    `<figcaption>${split} ${index}: <i>${escape(caption)}</i>${talk.join('')}</figcaption></figure>`
  );
}

function skeleton({ keypointsPixels, visibility, sizePixels, boxPixels }: SyntheticScene): string {
  const at = (joint: number): string =>
    `${(keypointsPixels[2 * joint] as number).toFixed(1)} ${(keypointsPixels[2 * joint + 1] as number).toFixed(1)}`;
  const isThere = (joint: number): boolean => !Number.isNaN(keypointsPixels[2 * joint]);
  const bones = PARENTS.map((parent, joint) =>
    parent >= 0 && isThere(parent) && isThere(joint) ? `M${at(parent)}L${at(joint)}` : '',
  );
  const radius = sizePixels / 70;
  const dots = Array.from(visibility, (seen, joint) => {
    if (!isThere(joint)) return '';
    const [x, y] = at(joint).split(' ');
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${seen === 2 ? '#0f0' : 'none'}" stroke="${seen === 2 ? '#060' : '#f00'}"/>`;
  });
  const { left, top, width, height } = boxPixels;
  return (
    `<svg viewBox="0 0 ${sizePixels} ${sizePixels}" stroke-width="${radius / 3}">` +
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="#ff0"/>` +
    `<path d="${bones.join('')}" fill="none" stroke="#0ff"/>${dots.join('')}</svg>`
  );
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192)
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
