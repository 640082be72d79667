// npm run fuzz [-- COUNT]
// Runs every *.fuzz.test.ts with COUNT damaged files a reader (10,000 by default; `npm test` takes a few hundred).
import { spawnSync } from 'node:child_process';

const count = process.argv[2] ?? '10000';
const { status } = spawnSync('npx', ['vitest', 'run', '--disableConsoleIntercept=true', '.fuzz.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_RUNS: count },
  shell: process.platform === 'win32',
});
process.exitCode = status ?? 1;
