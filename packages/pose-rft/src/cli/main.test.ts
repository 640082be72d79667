import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMllmParameters, createTokenizer, mllmConfig, saveCheckpoint } from '@pose-rft/mllm';
import { createRandom } from '@pose-rft/random';
import { parsePoseJson } from '@pose-rft/smpl';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shippedCheckpointFolder } from '../model/shipped-checkpoint.js';
import { runCli, startCli, type CliResult } from '../testing/run-cli.js';

const validator = createRequire(import.meta.url)('gltf-validator') as {
  validateBytes(bytes: Uint8Array): Promise<{ readonly issues: { readonly numErrors: number } }>;
};

let folder: string;
beforeAll(async () => {
  await useBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
trackTensorLeaks({ beforeAll, afterAll });

/** An explained error: its name and message, and not where in the code it was thrown. */
function expectExplained({ status, stderr }: CliResult, expected: { status: number; message: RegExp }): void {
  expect(stderr).toMatch(expected.message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(Math.max(...stderr.split('\n').map((line) => line.length))).toBeLessThan(600);
  expect(status).toBe(expected.status);
}

describe('a mistyped command line', () => {
  it.concurrent.each<[string, string[], RegExp]>([
    ['command', ['gnerate'], /^UsageError: no command is called "gnerate"[^]*generate +answers a sentence/],
    ['option', ['generate', '--sample', '3', 'sitting'], /^UsageError: generate: .*--sample[^]*--samples N/],
    ['number', ['rft', '--iterations', 'many'], /^UsageError: --iterations must be an integer from 1/],
    ['split', ['learn', '--split', 'train'], /^UsageError: --split must be test or validation, got "train"/],
    ['list', ['learn', '--methods', 'sft,dpo'], /^UsageError: --methods: "dpo" is none of sft, /],
    ['method', ['rft', '--method', 'ppo'], /^UsageError: --method must be one of grpo-text, .*got "ppo"/],
  ])('with a wrong %s is status 2, and shows what would be right', async (_, words, message) => {
    expectExplained(await runCli(...words), { status: 2, message });
  });

  it.concurrent('without a command shows the usage', async () => {
    const { status, stdout } = await runCli();
    expect(status).toBe(2);
    expect(stdout).toContain('pose-rft <command> [options]');
  });

  it.concurrent('asks for help and gets it', async () => {
    const { status, stdout } = await runCli('rft', '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/--checkpoint-every N +updates between checkpoints \(default 50\)/);
  });
});

describe('what cannot be done is status 1, with the reason', () => {
  it.concurrent('an unknown backend', async () => {
    const message = /^UnknownBackendError: there is no backend "cuda"; use one of: auto, /;
    expectExplained(await runCli('evaluate', '--backend', 'cuda'), { status: 1, message });
  });

  it.concurrent('a missing checkpoint', async () => {
    const message = /^CheckpointError: .*nowhere.config\.json: .*no such folder/;
    expectExplained(await runCli('evaluate', '--model', join(folder, 'nowhere')), { status: 1, message });
  });

  it.concurrent('a truncated checkpoint', async () => {
    const cut = join(folder, 'cut');
    await cp(shippedCheckpointFolder('sft'), cut, { recursive: true });
    await truncate(join(cut, 'model.safetensors'), 10_000);
    const message = /^CheckpointError: .*model\.safetensors: .*take another checkpoint/;
    const out = join(folder, 'of-cut');
    expectExplained(await runCli('rft', '--short', '--start', cut, '--out', out), { status: 1, message });
  });

  it.concurrent('a checkpoint of another shape', async () => {
    const other = join(folder, 'other');
    const tokenizer = createTokenizer(['sitting']);
    const config = mllmConfig('tiny', { vocabularySize: tokenizer.size, imageTokenCount: 5 });
    const parameters = createMllmParameters({ config, random: createRandom(1) });
    await saveCheckpoint(other, { config, tokenizer, parameters });
    parameters.dispose();
    const message = /^CheckpointError: .*imageTokenCount: expected 12, found 5.*another model/;
    const out = join(folder, 'of-other');
    expectExplained(await runCli('generate', '--model', other, '--out', out, 'sitting'), {
      status: 1,
      message,
    });
  });

  it.concurrent('an output folder that is a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const message = /^OutputFolderError: .*is a file, not a folder; choose another one with --out DIR/;
    expectExplained(await runCli('generate', '--out', file, 'sitting'), { status: 1, message });
  });

  it.concurrent('an empty sentence', async () => {
    const message = /^EmptySentenceError: the sentence is empty; describe a pose/;
    expectExplained(await runCli('generate', '--out', folder), { status: 1, message });
  });

  it.concurrent('a run to resume that is not there', async () => {
    const message = /^RunCheckpointError: nothing to continue in .*leave --resume out/;
    expectExplained(await runCli('rft', '--resume', '--out', join(folder, 'empty')), { status: 1, message });
  });
});

describe('generate', () => {
  it('finishes its work when nobody reads what it says', async () => {
    const out = join(folder, 'unread');
    const run = startCli('generate', 'someone kneeling', '--samples', '2', '--backend', 'cpu', '--out', out);
    run.process.stdout?.destroy();
    const { status, stderr } = await run.ended;
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(await readFile(join(out, 'answers.json'), 'utf8')).answers).toHaveLength(2);
  });

  it('writes a pose as JSON, GLB and PNG, and what it checked', async () => {
    const out = join(folder, 'generated');
    const sentence = 'a zombie squatting with both arms raised';
    const model = shippedCheckpointFolder('sft');
    const { status, stdout, stderr } = await runCli('generate', '--model', model, '--out', out, sentence);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('does not know, and that did not shape the answer: zombie');
    expect(stdout).toMatch(/<POSE>\.\n {3}(?:yes|no ) {2}/);

    const pose = parsePoseJson(await readFile(join(out, 'pose.json'), 'utf8'));
    expect(pose.frameCount).toBe(1);
    const { issues } = await validator.validateBytes(new Uint8Array(await readFile(join(out, 'pose.glb'))));
    expect(issues.numErrors).toBe(0);
    const png = await readFile(join(out, 'pose.png'));
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect(JSON.parse(await readFile(join(out, 'answers.json'), 'utf8'))).toMatchObject({
      sentence,
      unknownWords: ['zombie'],
      answers: [{ hasPose: true }],
    });
  });
});
