#!/usr/bin/env node
import { commandUsage, parseCommandInput, UsageError, type Command } from './command.js';
import { dataCommand } from './data-command.js';
import { doctorCommand } from './doctor-command.js';
import { evaluateCommand } from './evaluate-command.js';
import { experimentCommand } from './experiment-command.js';
import { generateCommand } from './generate-command.js';
import { learnCommand } from './learn-command.js';
import { pictureCommand } from './picture-command.js';
import { pretrainCommand } from './pretrain-command.js';
import { rftCommand } from './rft-command.js';
import { tokenisedCommand } from './tokenised-command.js';

const COMMANDS: readonly Command[] = [
  rftCommand,
  generateCommand,
  evaluateCommand,
  pretrainCommand,
  learnCommand,
  experimentCommand,
  pictureCommand,
  tokenisedCommand,
  dataCommand,
  doctorCommand,
];

function usage(): string {
  const commands = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`);
  return ['pose-rft <command> [options]', '', ...commands, '', 'pose-rft <command> --help says more.'].join(
    '\n',
  );
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(`${usage()}\n`);
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw new UsageError(`no command is called "${name}"\n\n${usage()}`);
  if (rest.includes('--help')) {
    process.stdout.write(`${commandUsage(command)}\n`);
    return 0;
  }
  await command.run(parseCommandInput(command, rest));
  return 0;
}

// A reader that went away (`| head`) ends the talking, not the work: what a command makes lies in files.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** Errors of this project say what to do; only unexpected ones, which the language names, need their stack. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isUnexpected = error.name in globalThis;
  return isUnexpected ? (error.stack ?? error.message) : `${error.name}: ${error.message}`;
}
