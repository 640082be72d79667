import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@pose-rft/smpl/render';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPersonCrops } from '../picture/person-crop-source.js';
import { runCli } from '../testing/run-cli.js';

let folder: string;
let picture: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-image-'));
  picture = join(folder, 'person.png');
  const { scene } = createPersonCrops({ seed: 2, split: 'test' }).crop(0);
  await writeFile(picture, encodePng(scene.picture ?? new Uint8Array(0), 128, 128));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('generate --image', () => {
  it('answers about somebody in a box, says how sure it is, and draws the body over the picture', async () => {
    const out = join(folder, 'out');
    const words = ['--box', '0,0,128,128', '--out', out, 'What is the pose of this person?'];
    const { status, stdout, stderr } = await runCli('generate', '--image', picture, ...words);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /person: in the box 0,0,128,128\n.*<POSE>\.\n {3}predicted spread: joints within \d+ mm/,
    );
    expect(stdout).toMatch(/error was \d+\.\d times the predicted spread/);
    const answer = JSON.parse(await readFile(join(out, 'answer.json'), 'utf8')) as {
      unknownWords: unknown[];
    };
    expect(answer).toMatchObject({ hasPose: true, unknownWords: [] });
    const png = await readFile(join(out, 'pose.png'));
    // The picture beside itself.
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([256, 128]);
  });

  it.concurrent('explains a corrupt picture, a missing one, and a box outside of it', async () => {
    const broken = join(folder, 'broken.png');
    await writeFile(broken, Buffer.concat([(await readFile(picture)).subarray(0, 200)]));
    const cases: readonly (readonly [readonly string[], RegExp, number])[] = [
      [['--image', broken], /^ImageError: .*broken\.png: /, 1],
      [['--image', join(folder, 'nowhere.png')], /^ImageError: .*nowhere\.png: expected a readable file/, 1],
      [['--image', picture, '--box', '0,0,200,10'], /^PersonError: --box must be .*128 x 128/, 1],
      [['--box', '0,0,1,1', 'sitting'], /^UsageError: --box .*give --image FILE/, 2],
    ];
    for (const [words, message, expected] of cases) {
      const { status, stderr } = await runCli('generate', '--out', join(folder, 'bad'), ...words);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(status).toBe(expected);
    }
  });
});
