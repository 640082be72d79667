// Runs programs one after the other in this process: `node run-fences.mjs RESULTS PROGRAM...`. Writes to RESULTS, as
// JSON, one `{ ok, output }` a program. A failed console.assert counts as a failure, as it would to a reader.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const [resultsPath, ...programs] = process.argv.slice(2);
const results = [];
let output = '';
for (const method of ['log', 'info', 'warn', 'error', 'debug', 'table'])
  console[method] = (...values) => (output += `${format(...values)}\n`);

let failedAssertions = 0;
console.assert = (condition, ...values) => {
  if (condition) return;
  failedAssertions += 1;
  output += `${new Error(`console.assert failed: ${format(...values)}`).stack}\n`;
};
process.on('unhandledRejection', (error) => {
  failedAssertions += 1;
  output += `unhandled rejection: ${error?.stack ?? error}\n`;
});

for (const program of programs) {
  output = '';
  failedAssertions = 0;
  try {
    await import(pathToFileURL(program).href);
    // Lets promises that the program did not wait for settle, so that their failures are its own.
    await new Promise((settle) => setTimeout(settle, 0));
  } catch (error) {
    failedAssertions += 1;
    output += `${error?.stack ?? error}\n`;
  }
  results.push({ ok: failedAssertions === 0, output });
  writeFileSync(resultsPath, JSON.stringify(results));
}
process.exit(0);
