import { parseArgs, type ParseArgsConfig } from 'node:util';

type OptionTable = NonNullable<ParseArgsConfig['options']>;

/** How one option of a command looks in its usage. */
export interface OptionDescription {
  readonly type: 'string' | 'boolean';
  readonly default?: string;
  /** The placeholder of its value, for example `DIR`. */
  readonly value?: string;
  readonly description: string;
}

/** What a command was called with: every option by name, and the words that belong to none. */
export interface CommandInput {
  readonly text: (option: string) => string | undefined;
  readonly flag: (option: string) => boolean;
  /** A number; throws a {@link UsageError} unless it is one within the range. */
  readonly number: (
    option: string,
    range: { readonly min: number; readonly max: number; readonly integer: boolean },
  ) => number;
  readonly words: readonly string[];
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** The words after the options, for the usage line. */
  readonly wordsUsage?: string;
  readonly options: Readonly<Record<string, OptionDescription>>;
  run(input: CommandInput): Promise<void>;
}

/** Thrown when a command is called with options or words that it cannot take. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Parses the words after a command's name. Throws a {@link UsageError} for what the command does not know. */
export function parseCommandInput(command: Command, argv: readonly string[]): CommandInput {
  const table: OptionTable = {};
  for (const [name, option] of Object.entries(command.options)) table[name] = { type: option.type };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...argv], options: table, allowPositionals: true, strict: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${command.name}: ${reason}\n\n${commandUsage(command)}`);
  }
  if (parsed.positionals.length > 0 && command.wordsUsage === undefined)
    throw new UsageError(
      `${command.name}: unexpected "${parsed.positionals.join(' ')}"\n\n${commandUsage(command)}`,
    );
  const text = (option: string): string | undefined => {
    const value = parsed.values[option];
    return typeof value === 'string' ? value : command.options[option]?.default;
  };
  return {
    text,
    flag: (option) => parsed.values[option] === true,
    number: (option, range) => {
      const given = text(option);
      const value = given === undefined || given.trim() === '' ? Number.NaN : Number(given);
      const fits = value >= range.min && value <= range.max && (!range.integer || Number.isInteger(value));
      if (!fits)
        throw new UsageError(
          `--${option} must be ${range.integer ? 'an integer' : 'a number'} from ${range.min} to ${range.max}, got ${JSON.stringify(given)}`,
        );
      return value;
    },
    words: parsed.positionals,
  };
}

/** The usage of one command: its options with their defaults. */
export function commandUsage(command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) => {
    const left = `  --${name}${option.value === undefined ? '' : ` ${option.value}`}`;
    const preset = option.default === undefined ? '' : ` (default ${option.default})`;
    return `${left.padEnd(24)} ${option.description}${preset}`;
  });
  const words = command.wordsUsage === undefined ? '' : ` ${command.wordsUsage}`;
  return [`pose-rft ${command.name} [options]${words}`, `  ${command.summary}`, ...options].join('\n');
}
