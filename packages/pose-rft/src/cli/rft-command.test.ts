import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPoseModel } from '../model/pose-model-checkpoint.js';
import { shippedCheckpointFolder } from '../model/shipped-checkpoint.js';
import { loadRunCheckpoint } from '../run/run-checkpoint.js';
import { runCli, startCli } from '../testing/run-cli.js';

let folder: string;
beforeAll(async () => {
  await useBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-rft-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
trackTensorLeaks({ beforeAll, afterAll });

const SMALL = ['--prompts', '8', '--samples', '60'];

describe('rft', () => {
  it('evaluates, tunes, evaluates again, and writes report, curves and model', async () => {
    const out = join(folder, 'whole');
    const { status, stdout, stderr } = await runCli('rft', '--iterations', '3', ...SMALL, '--out', out);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/held-out prompts +before +after +change/);
    expect(stdout).not.toContain('NaN');
    const report = await readFile(join(out, 'report.html'), 'utf8');
    expect(report).toContain('data:image/png;base64,');
    // Pictures aside: base64 spells any word in time.
    expect(report.replaceAll(/base64,[^"]*/g, '')).not.toMatch(/NaN|undefined/);
    const curves = JSON.parse(await readFile(join(out, 'curves.json'), 'utf8')) as Record<string, unknown>;
    expect(curves['rewards/spatial/mean']).toHaveLength(3);
    (await loadPoseModel(join(out, 'model'))).dispose();
  }, 60_000);

  it('interrupted, ends its iteration, keeps it through a mistyped command, and resumes to the end', async () => {
    const out = join(folder, 'interrupted');
    const from = shippedCheckpointFolder('sft');
    const run = startCli('rft', '--iterations', '25', ...SMALL, '--start', from, '--out', out);
    expect(await run.saying('tuning (hygrpo)')).toBe(true);
    run.process.kill('SIGINT');
    const { status, stdout, stderr } = await run.ended;
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const [, iteration] = /stopped after iteration (\d+) of 25; .*--resume --out/.exec(stdout) ?? [];
    expect(Number(iteration)).toBeGreaterThan(0);
    expect(Number(iteration)).toBeLessThan(25);

    expect((await runCli('rft', '--method', 'ppo', '--out', out)).status).toBe(2);
    const left = await loadRunCheckpoint(out);
    expect(left.iteration).toBe(Number(iteration));
    expect(left.settings.start).toBe(from);
    left.model.dispose();

    const resumed = await runCli('rft', '--resume', '--out', out);
    expect(resumed.stderr).toBe('');
    expect(resumed.status).toBe(0);
    expect(resumed.stdout).toContain(`continuing hygrpo after iteration ${iteration} of 25`);
    const curves = JSON.parse(await readFile(join(out, 'curves.json'), 'utf8')) as Record<string, unknown>;
    expect(curves['rewards/spatial/mean']).toHaveLength(25);
  }, 60_000);

  it('interrupted before it learnt anything, promises nothing', async () => {
    const run = startCli(
      'rft',
      '--iterations',
      '3',
      '--prompts',
      '4000',
      '--samples',
      '60',
      '--out',
      join(folder, 'early'),
    );
    expect(await run.saying('evaluating the start')).toBe(true);
    run.process.kill('SIGINT');
    const { status, stdout } = await run.ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(/stopped after iteration 0 of 3; .*nothing to resume/);
  }, 60_000);

  it('killed in the middle, leaves its last checkpoint whole', async () => {
    const out = join(folder, 'killed');
    const run = startCli('rft', '--iterations', '500', '--checkpoint-every', '1', ...SMALL, '--out', out);
    const checkpoints = async (): Promise<string[]> =>
      (await readdir(join(out, 'checkpoints')).catch(() => [])).filter((name) =>
        /^iteration-\d+$/.test(name),
      );
    while ((await checkpoints()).length < 2 && run.process.exitCode === null) await setTimeout(20);
    run.process.kill('SIGKILL');
    expect((await run.ended).status).toBeNull();
    const { iteration, model, settings } = await loadRunCheckpoint(out);
    expect(iteration).toBeGreaterThan(0);
    expect(settings).toMatchObject({ iterations: 500, method: 'hygrpo' });
    model.dispose();
  }, 60_000);
});
