import { configFields, MllmConfigError } from '../config-fields.js';

/**
 * Low-rank adapters (E. Hu et al., "LoRA", 2021): beside the product x W of a linear layer stands
 * scale * (x A) B, of which only A [in, rank] and B [rank, out] learn. Fields mean what PEFT's of similar names mean.
 */
export interface LoraConfig {
  readonly rank: number;
  /** The update is scaled by `alpha / rank`. */
  readonly alpha: number;
  /** Share of the adapter's inputs that are zeroed in training, in [0, 1). */
  readonly dropout: number;
  /** Scales by `alpha / sqrt(rank)` instead (D. Kalajdzievski, "rsLoRA", 2023). */
  readonly rankStabilised: boolean;
  /**
   * Which modules have an adapter. A list: those that bear one of the names, or end in one of them after a dot
   * (`q_proj`). A string: a regular expression of whole names; or `all-linear`, every linear layer of the language
   * model's blocks. The vision encoder is a model of its own and never has any.
   */
  readonly targets: string | readonly string[];
  /** Modules, by the same rules, that have none although they are targets. */
  readonly excluded: string | readonly string[];
}

/** Every linear layer of the language model's blocks. */
export const ALL_LINEAR = 'all-linear';

const DEFAULTS = { dropout: 0, rankStabilised: false, targets: ALL_LINEAR, excluded: [] };

/**
 * Checks and completes an adapter's configuration: by default no dropout, plain scaling, all linear layers.
 *
 * @throws MllmConfigError naming the field, what was expected and what was found
 * @example
 * ```ts
 * import { parseLoraConfig } from '@pose-rft/mllm';
 *
 * const lora = parseLoraConfig({ rank: 8, alpha: 16, targets: ['q_proj', 'v_proj'] });
 * console.assert(lora.dropout === 0 && !lora.rankStabilised);
 * ```
 */
export function parseLoraConfig(value: unknown): LoraConfig {
  const fields = configFields(value, '"lora"', DEFAULTS);
  const dropout = fields.finite('dropout');
  if (dropout < 0 || dropout >= 1) fields.fail('lora.dropout', 'a number in [0, 1)');
  return Object.freeze({
    rank: fields.count('rank'),
    alpha: fields.positive('alpha'),
    dropout,
    rankStabilised: fields.flag('rankStabilised'),
    targets: parsePattern(fields.get('targets'), 'lora.targets'),
    excluded: parsePattern(fields.get('excluded'), 'lora.excluded'),
  });
}

/** What the adapters' product is multiplied by. */
export function loraScale({ rank, alpha, rankStabilised }: LoraConfig): number {
  return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
}

/** Whether a module's name is meant by `targets` or `excluded`. */
export function matchesModule(pattern: string | readonly string[], name: string): boolean {
  if (typeof pattern !== 'string')
    return pattern.some((target) => name === target || name.endsWith(`.${target}`));
  if (pattern === ALL_LINEAR) return name.includes('.layers.');
  return new RegExp(`^(?:${pattern})$`).test(name);
}

function parsePattern(value: unknown, field: string): string | readonly string[] {
  if (Array.isArray(value) && value.every((name): name is string => typeof name === 'string' && name !== ''))
    return Object.freeze([...value]);
  if (typeof value !== 'string')
    throw new MllmConfigError(
      `MllmConfig: expected ${field} to be a list of module names, a regular expression or "${ALL_LINEAR}", ` +
        `found ${JSON.stringify(value) ?? 'nothing'}.`,
    );
  try {
    new RegExp(`^(?:${value})$`);
  } catch (cause) {
    throw new MllmConfigError(
      `MllmConfig: ${field} ${JSON.stringify(value)} is no regular expression: ${String(cause)}`,
      { cause },
    );
  }
  return value;
}
