// Are the built packages fit to publish? publint --strict and "are the types wrong?" on each, after `npm run build`.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatMessage } from 'publint/utils';
import { publint } from 'publint';
import { createTally, listPackages, mapConcurrently, run } from './workspace.mjs';

const tally = createTally();
await mapConcurrently(listPackages(), async ({ name, directory, manifest }) => {
  if (!existsSync(resolve(directory, 'dist'))) {
    tally.add(`${name}: build`, false, 'there is no dist/: run `npm run build` first');
    return;
  }
  const { messages, pkg } = await publint({ pkgDir: directory, strict: true, pack: 'npm' });
  tally.add(`${name}: publint`, messages.length === 0, messages.map((m) => formatMessage(m, pkg)).join('\n'));

  const attw = await run('attw', ['--pack', '.', '--profile', 'esm-only', '--no-color'], { cwd: directory });
  tally.add(`${name}: are the types wrong`, attw.ok, attw.output);

  for (const file of ['README.md', 'LICENSE'])
    tally.add(`${name}: ${file}`, existsSync(resolve(directory, file)), `${file} is missing`);
  tally.add(
    `${name}: private or public`,
    manifest.private === true || manifest.publishConfig?.access === 'public',
    'publishConfig.access must be "public"',
  );
});
tally.finish('package checks');
