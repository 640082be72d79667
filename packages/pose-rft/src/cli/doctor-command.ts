import { doctor, formatDoctor } from '@pose-rft/tensor';
import type { Command } from './command.js';

const SECONDS_PER_BACKEND = 2;

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'says which tensor backends run here, how fast, and why better ones do not',
  options: {},
  async run() {
    process.stdout.write(`${formatDoctor(await doctor({ measureSeconds: SECONDS_PER_BACKEND }))}\n`);
  },
};
