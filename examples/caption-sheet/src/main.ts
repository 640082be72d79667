// Poses beside their detailed captions on one page, to be looked at. Options: --folder FOLDER (CMU motion capture;
// synthetic poses without it), --out FILE.html, --count N, --seed N, --short.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readMotionCaptureFolder, samplePose } from '@pose-rft/datasets';
import { createRandom } from '@pose-rft/random';
import { syntheticBody } from '@pose-rft/smpl';
import { encodePng, FRONT_VIEW, LEFT_VIEW, renderBody, THREE_QUARTER_VIEW } from '@pose-rft/smpl/render';
import { captionPoseInDetail, readCaption, uprightJoints } from '@pose-rft/text-pose';
import { facingFront } from './facing-front.js';
import { captionPage, type CaptionedPose } from './caption-page.js';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    out: { type: 'string', default: 'out/caption-sheet.html' },
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
  },
});
const count = values.short ? 2 : Number(values.count);
const stream = createRandom(Number(values.seed));
const size = { width: 220, height: 260 };
const body = syntheticBody();

const poses: { title: string; pose6d: Float32Array }[] =
  values.folder === undefined
    ? Array.from({ length: count }, (_, index) => ({
        title: `synthetic ${index}`,
        pose6d: samplePose(stream.split('pose').split(index)),
      }))
    : await framesOf(resolve(values.folder), count);

const captioned = poses.map(({ title, pose6d }, index): CaptionedPose => {
  const joints = new Float32Array(72);
  uprightJoints(pose6d, 0, joints, 0);
  const { text } = captionPoseInDetail(joints, 0, stream.split('caption').split(index), {
    rotations: { pose6d },
  });
  console.log(`${index + 1}. ${title}: ${text}`);
  const pictures = [FRONT_VIEW, THREE_QUARTER_VIEW, LEFT_VIEW].map((view) => {
    const { rgb } = renderBody(body, facingFront(pose6d), { ...size, view });
    return encodePng(rgb, size.width, size.height);
  });
  return { title, text, claims: readCaption(text).claims.length, pictures };
});

const out = resolve(values.out);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, captionPage(captioned));
console.log(`${captioned.length} poses in ${out}`);

/** Frames spread evenly over all recordings of the folder. */
async function framesOf(folder: string, wanted: number): Promise<{ title: string; pose6d: Float32Array }[]> {
  const frames: { title: string; pose6d: Float32Array }[] = [];
  for await (const { name, frameCount, frameNumbers, pose6d } of readMotionCaptureFolder(folder))
    for (let frame = 0; frame < frameCount; frame++)
      frames.push({
        title: `${name}, frame ${frameNumbers[frame] ?? frame}`,
        pose6d: pose6d.subarray(144 * frame, 144 * (frame + 1)),
      });
  return Array.from({ length: Math.min(wanted, frames.length) }, (_, index) => {
    const frame = frames[Math.floor(((index + 0.5) * frames.length) / wanted)];
    if (frame === undefined) throw new RangeError(`${folder} holds no frames`);
    return frame;
  });
}
