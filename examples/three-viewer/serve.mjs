// `npm start` serves the page with Vite; with --short it only builds it.
import { build, createServer } from 'vite';

const root = import.meta.dirname;
if (process.argv.includes('--short')) {
  await build({ root, logLevel: 'warn' });
  console.log('built into dist/');
} else {
  const server = await createServer({ root });
  await server.listen();
  server.printUrls();
}
