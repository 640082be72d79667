import { doctor, formatDoctor } from '@pose-rft/tensor';
import type { Command } from './command.js';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'says which tensor backend runs here, and why better ones do not',
  options: {},
  async run() {
    process.stdout.write(`${formatDoctor(await doctor())}\n`);
  },
};
