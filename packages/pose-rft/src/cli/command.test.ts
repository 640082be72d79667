import { describe, expect, it } from 'vitest';
import { commandUsage, parseCommandInput, UsageError, type Command } from './command.js';

const command: Command = {
  name: 'generate',
  summary: 'answers',
  wordsUsage: '"a sentence"',
  options: {
    samples: { type: 'string', value: 'N', default: '1', description: 'how many' },
    quiet: { type: 'boolean', description: 'less' },
  },
  run: async () => {},
};
const samples = { min: 1, max: 64, integer: true };

describe('parseCommandInput', () => {
  it('gives options, their defaults, and the words', () => {
    const input = parseCommandInput(command, ['--quiet', 'someone', 'kneeling']);
    expect(input.number('samples', samples)).toBe(1);
    expect(input.flag('quiet')).toBe(true);
    expect(input.words).toEqual(['someone', 'kneeling']);
  });

  it.each([['0'], ['65'], ['2.5'], ['many'], ['']])('refuses --samples %j, naming the range', (value) => {
    const input = parseCommandInput(command, [`--samples=${value}`]);
    expect(() => input.number('samples', samples)).toThrow(UsageError);
    expect(() => input.number('samples', samples)).toThrow(/an integer from 1 to 64/);
  });

  it('refuses unknown options with the usage', () => {
    expect(() => parseCommandInput(command, ['--sample', '3'])).toThrow(/--samples N/);
  });

  it('refuses words where a command takes none', () => {
    const { wordsUsage: _, ...wordless } = command;
    expect(() => parseCommandInput(wordless, ['stray'])).toThrow(/unexpected "stray"/);
  });
});

describe('commandUsage', () => {
  it('shows each option with its default', () => {
    expect(commandUsage(command)).toContain('--samples N');
    expect(commandUsage(command)).toContain('(default 1)');
  });
});
