// `npm start` serves the page with Vite; with --short it only builds it, and runs its training in Node.
import { spawnSync } from 'node:child_process';
import { build, createServer } from 'vite';

const root = import.meta.dirname;
if (process.argv.includes('--short')) {
  await build({ root, logLevel: 'warn' });
  console.log('built into dist/');
  const options = ['--conditions=@pose-rft/source', '--import', 'tsx', 'src/train-in-node.ts', '2'];
  const { status } = spawnSync(process.execPath, options, { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  const server = await createServer({ root });
  await server.listen();
  server.printUrls();
}
