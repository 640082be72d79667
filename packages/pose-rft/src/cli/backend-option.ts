import type { BackendName } from '@pose-rft/tensor';
import { BACKEND_NAMES, UnknownBackendError } from '@pose-rft/tensor';
import type { CommandInput, OptionDescription } from './command.js';

/** The option that chooses the tensor backend, shared by every command that computes. */
export const backendOption: OptionDescription = {
  type: 'string',
  value: 'NAME',
  default: 'auto',
  description: `tensor backend: auto, ${BACKEND_NAMES.join(', ')}`,
};

/** @throws UnknownBackendError for a name that is none */
export function parseBackend(input: CommandInput): BackendName | 'auto' {
  const name = input.text('backend') ?? 'auto';
  if (name === 'auto') return name;
  const known = BACKEND_NAMES.find((candidate) => candidate === name);
  if (known === undefined) throw new UnknownBackendError(name, ['auto', ...BACKEND_NAMES]);
  return known;
}
