// Draws motions and bodies on one page, to be looked at: every take of a folder of motion capture (CMU's ASF and AMC,
// BVH, AMASS), and synthetic people of different shapes. Options: --folder FOLDER, --out FILE.html, --frames N, --short.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readMotionCaptureFolder } from '@pose-rft/datasets';
import {
  amassToSmpl,
  bvhSegmentMotion,
  readAmass,
  readBvh,
  retargetToSmpl,
  syntheticBody,
  type SmplMotion,
} from '@pose-rft/smpl';
import { bodyShapes } from './body-shapes.js';
import { filmStrip } from './film-strip.js';
import { sheetPage, type Strip } from './sheet-page.js';
import { walkCycle } from './walk-cycle.js';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    out: { type: 'string', default: 'out/motion-sheet.html' },
    frames: { type: 'string', default: '8' },
    short: { type: 'boolean', default: false },
  },
});
const pictureCount = values.short ? 2 : Number(values.frames);
const body = syntheticBody();
const strips: Strip[] = [];

if (values.folder === undefined)
  strips.push({ title: 'A walk made of sines', pictures: filmStrip(body, walkCycle(16), pictureCount) });
else
  for await (const { title, motion } of takes(resolve(values.folder))) {
    console.log(`${title}: ${motion.frameCount} frames`);
    strips.push({ title, pictures: filmStrip(body, motion, pictureCount) });
  }

strips.push({ title: 'Synthetic people', pictures: bodyShapes(body) });

const out = resolve(values.out);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, sheetPage('Motions and bodies', strips));
console.log(`${strips.length} strips in ${out}`);

async function* takes(folder: string): AsyncGenerator<{ title: string; motion: SmplMotion }> {
  const files = readdirSync(folder).sort();
  for (const file of files.filter((name) => name.endsWith('.npz')))
    yield { title: file, motion: amassToSmpl(readAmass(readFileSync(join(folder, file)), file)) };
  for (const file of files.filter((name) => name.endsWith('.bvh')))
    yield {
      title: file,
      motion: retargetToSmpl(bvhSegmentMotion(readBvh(readFileSync(join(folder, file), 'utf8'), { file }))),
    };
  if (files.some((name) => name.endsWith('.amc')))
    for await (const take of readMotionCaptureFolder(folder)) yield { title: take.name, motion: take };
}
