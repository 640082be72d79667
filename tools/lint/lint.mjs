// ESLint over the whole tree, a few workspaces at a time. Typed rules keep the TypeScript program of every workspace that
// a run has met, each with the sources of all that it imports: one run over everything needs more than Node's heap.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const WORKSPACES_A_RUN = 4;

/** @param {string} parent */
const foldersIn = (parent) =>
  readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${parent}/${name}`);

const workspaces = [...foldersIn('packages'), ...foldersIn('examples'), 'tools'];
const rootFiles = readdirSync('.').filter((name) => /\.[cm]?[jt]s$/.test(name));
const runs = Array.from({ length: Math.ceil(workspaces.length / WORKSPACES_A_RUN) }, (_, run) =>
  workspaces.slice(run * WORKSPACES_A_RUN, (run + 1) * WORKSPACES_A_RUN),
);
const statuses = [...runs, rootFiles].map(
  (paths) =>
    spawnSync('eslint', ['--max-warnings', '0', ...paths], {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    }).status,
);
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;
