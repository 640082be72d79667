import type { ConversationTurn } from '@pose-rft/mllm';
import type { BodyModel } from '@pose-rft/smpl';
import { encodePng, renderBody, THREE_QUARTER_VIEW } from '@pose-rft/smpl/render';

const SIZE = { width: 200, height: 240 };

/** One HTML file with a conversation, its poses drawn where they are said. */
export function talkPage(body: BodyModel, turns: readonly ConversationTurn[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A conversation about poses</title>
<style>
  body { font: 15px/1.45 system-ui, sans-serif; margin: 1rem auto; max-width: 48rem; color: #222; background: #fff; }
  p { padding: 8px 12px; border-radius: 12px; width: fit-content; background: #eee; }
  .user { margin-left: auto; background: #dbeafe; }
  img { display: block; border-radius: 6px; }
</style>
${turns.map((turn) => `<p class="${turn.role}">${content(body, turn)}</p>`).join('\n')}
</html>
`;
}

function content(body: BodyModel, { parts }: ConversationTurn): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return escaped(part.text);
      if (part.kind === 'image') return '';
      const { rgb } = renderBody(body, part.rotation6d, { ...SIZE, view: THREE_QUARTER_VIEW });
      const png = Buffer.from(encodePng(rgb, SIZE.width, SIZE.height)).toString('base64');
      return `<img alt="a pose" src="data:image/png;base64,${png}">`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
