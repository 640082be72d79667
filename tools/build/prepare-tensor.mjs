// Builds @pose-rft/tensor (the one package that others use in its built form) unless Nx finds it in its cache.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
const result = spawnSync(process.execPath, [nx, 'run', '@pose-rft/tensor:build', '--outputStyle=static'], {
  encoding: 'utf8',
  env: { ...process.env, NX_DAEMON: 'false' },
});
if (result.status !== 0) {
  process.stderr.write(`${result.stdout}\n${result.stderr}\n`);
  process.stderr.write('Building @pose-rft/tensor failed: its output stands above.\n');
  process.exit(result.status ?? 1);
}
