import { cp, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli, type CliResult } from '../testing/run-cli.js';
import { parseCommandInput, UsageError } from './command.js';
import { dataCommand } from './data-command.js';

/** Small folders in the data sets' formats. */
const golden = resolve(import.meta.dirname, '../../../../tools/parity/datasets/golden');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

afterEach(() => {
  vi.restoreAllMocks();
});

/** The command in this process, as `main` runs it: a process of its own for each call would take a second. */
async function run(...words: readonly string[]): Promise<CliResult> {
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  try {
    await dataCommand.run(parseCommandInput(dataCommand, words));
    return { status: 0, stdout, stderr: '' };
  } catch (error) {
    const { name, message } = error as Error;
    return { status: error instanceof UsageError ? 2 : 1, stdout, stderr: `${name}: ${message}` };
  }
}

describe('data', () => {
  it('lists the data sets with their licences', async () => {
    const { status, stdout } = await runCli('data', 'list');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^3dpw: 3D Poses in the Wild$/m);
    expect(stdout).toMatch(/^ {2}licence {3}non-commercial research$/m);
    expect(stdout).toMatch(/^posescript: /m);
  });

  it('checks a folder: status 0 for a whole split, and what is missing', async () => {
    const { status, stdout, stderr } = await run('check', 'h36m', '--folder', join(golden, 'h36m'));
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/h36m_val_p2\.npz +1 +complete/);
    expect(stdout).toMatch(/images\/S\*\.jpg +0 +optional/);
  });

  it('reads every record when asked to, and counts what is wrong: status 1', async () => {
    const words = ['check', 'h36m', '--folder', join(golden, 'h36m'), '--read', '--split', 'motion-test'];
    const { status, stdout, stderr } = await run(...words);
    expect(stdout).toMatch(/split motion-test: 5 records\n {2,}wrong: 1 not-finite/);
    expect(stderr).toMatch(/^DatasetIncompleteError: h36m in .*: 1 problems/);
    expect(status).toBe(1);
  });

  it('says that sequences are missing, or files cut short: status 1', async () => {
    const few = await run('check', '3dpw', '--split', 'test', '--folder', join(golden, '3dpw'));
    expect(few.stdout).toMatch(/1 of 24 +incomplete/);
    expect(few.stderr).toMatch(/^DatasetIncompleteError: 3dpw in .*: split test is not complete/);
    expect(few.status).toBe(1);

    const cut = join(folder, 'mpi');
    await cp(join(golden, 'mpi-inf-3dhp'), cut, { recursive: true });
    await truncate(join(cut, 'mpi_inf_3dhp_train.npz'), 3000);
    const damaged = await run('check', 'mpi-inf-3dhp', '--folder', cut);
    expect(damaged.stdout).toMatch(
      /look at mpi_inf_3dhp_train\.npz: no zip directory at its end: cut short\?/,
    );
    expect(damaged.stderr).toMatch(/1 files look damaged or unfinished/);
    expect(damaged.status).toBe(1);
  });

  it.each<[string, string[], number, RegExp]>([
    ['no verb', [], 2, /^UsageError: data: expected list, check or sheet, got ""/],
    ['a wrong name', ['check', 'coc'], 2, /^UsageError: data check: "coc" is none of amass, 3dpw/],
    ['no folder', ['check', 'coco'], 2, /^UsageError: .*--folder DIR/],
    ['a wrong split', ['check', 'coco', '--split', 'x'], 2, /^UsageError: .*no split "x"; it has train2017/],
    ['too many words', ['list', 'all'], 2, /^UsageError: data list: expected nothing more, got "all"/],
    ['a missing folder', ['check', 'coco', '--folder', '/no/such'], 1, /^FileAccessError: .*is not there/],
    ['a wrong split of scenes', ['sheet', '--split', 'x'], 2, /^UsageError: --split must be one of train/],
  ])('explains %s', async (_, words, expected, message) => {
    const { status, stderr } = await run(...words);
    expect(stderr).toMatch(message);
    expect(status).toBe(expected);
  });

  it('shows scenes on a page', async () => {
    const out = join(folder, 'pages', 'sheet.html');
    const { status, stdout, stderr } = await run('sheet', '--count', '2', '--size', '48', '--out', out);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('2 scenes in ');
    expect((await readFile(out, 'utf8')).split('<figure>')).toHaveLength(3);
  });
});
