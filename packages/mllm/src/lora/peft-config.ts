import { configFields, MllmConfigError } from '../config-fields.js';
import { parseLoraConfig, type LoraConfig } from './lora-config.js';

/** Thrown for an adapter of PEFT that this package does not compute, or does not belong to the model. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';

  constructor(
    readonly file: string,
    readonly subject: string,
    readonly expected: string,
    readonly found: string,
    /** What to do about it. */
    readonly remedy: string,
  ) {
    super(`${file}: ${subject}: expected ${expected}, found ${found}. ${remedy}`);
  }
}

/** What `adapter_config.json` says. */
export interface PeftConfig {
  readonly lora: Omit<LoraConfig, 'targets' | 'excluded'>;
  /** Modules of the base model that the adapter brings whole. */
  readonly modulesToSave: readonly string[];
}

/** Fields that change what an adapter computes; each must have the value that leaves plain LoRA. */
const PLAIN: Readonly<Record<string, readonly unknown[]>> = {
  peft_type: ['LORA'],
  bias: ['none', undefined, null],
  ...Object.fromEntries(
    [
      'use_dora',
      'lora_bias',
      'use_qalora',
      'use_bdlora',
      'fan_in_fan_out',
      'layer_replication',
      'target_parameters',
      'trainable_token_indices',
      'alora_invocation_tokens',
      'arrow_config',
      'kasa_config',
      'monteclora_config',
      'velora_config',
      'megatron_config',
    ].map((field) => [field, [undefined, null, false]]),
  ),
};

/**
 * Reads PEFT's description of a LoRA adapter. Which modules it adapts, its tensors say.
 *
 * @param file - for messages
 * @throws AdapterError for variants that plain LoRA does not compute
 * @throws MllmConfigError for numbers that make no sense
 */
export function parsePeftConfig(json: unknown, file: string): PeftConfig {
  const fields = configFields(json, 'adapter_config.json');
  for (const [field, plain] of Object.entries(PLAIN)) {
    const found = fields.raw(field);
    if (!plain.includes(found)) throw unsupported(file, field, plain, found);
  }
  for (const field of ['rank_pattern', 'alpha_pattern']) {
    const found = fields.raw(field) ?? {};
    if (Object.keys(found).length > 0) throw unsupported(file, field, [{}], found);
  }
  const modulesToSave: unknown = fields.get('modules_to_save') ?? [];
  if (
    !Array.isArray(modulesToSave) ||
    !modulesToSave.every((name): name is string => typeof name === 'string')
  )
    throw new MllmConfigError(`${file}: expected modules_to_save to be a list of module names.`);
  const { rank, alpha, dropout, rankStabilised } = parseLoraConfig({
    rank: fields.get('r'),
    alpha: fields.get('lora_alpha'),
    dropout: fields.get('lora_dropout') ?? 0,
    rankStabilised: fields.get('use_rslora') ?? false,
  });
  return { lora: { rank, alpha, dropout, rankStabilised }, modulesToSave };
}

/** `adapter_config.json` as PEFT reads it. */
export function peftConfig(options: {
  readonly lora: LoraConfig;
  readonly targetModules: readonly string[];
  readonly modulesToSave: readonly string[];
  readonly baseModel: string | null;
  readonly taskType: string | null;
}): Readonly<Record<string, unknown>> {
  const { lora, targetModules, modulesToSave, baseModel, taskType } = options;
  return {
    base_model_name_or_path: baseModel,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    modules_to_save: modulesToSave.length === 0 ? null : modulesToSave,
    peft_type: 'LORA',
    r: lora.rank,
    target_modules: targetModules,
    task_type: taskType,
    use_dora: false,
    use_rslora: lora.rankStabilised,
  };
}

function unsupported(file: string, field: string, plain: readonly unknown[], found: unknown): AdapterError {
  return new AdapterError(
    file,
    field,
    JSON.stringify(plain.find((value) => value !== undefined && value !== null) ?? null),
    JSON.stringify(found) ?? 'nothing',
    'This package computes plain LoRA and rsLoRA with one rank: merge the adapter into its base model with PEFT ' +
      '(merge_and_unload) and load that.',
  );
}
