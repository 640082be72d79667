// A Vitest set-up file for `POSE_RFT_TEST_BACKEND=tensorflow npm test`: whatever backend a test asks for, it gets that
// one. Tests that are about the backends themselves, or compare with processes and threads that choose their own, keep
// the ones that they name.
import { expect, vi } from 'vitest';

const chosen = process.env['POSE_RFT_TEST_BACKEND'];

const KEEP_THEIR_OWN =
  /tensor\/src\/(backend|wasm)\/|kernel-instance|wasm-module|one-engine|worker-pool|kill\.test/;

interface ChoosesBackend {
  readonly useBackend: (name?: string) => Promise<unknown>;
}

async function withChosenBackend(original: () => Promise<unknown>): Promise<object> {
  const module = (await original()) as ChoosesBackend;
  if (KEEP_THEIR_OWN.test(expect.getState().testPath ?? '')) return { ...module };
  return { ...module, useBackend: () => module.useBackend(chosen) };
}

vi.mock('@pose-rft/tensor', withChosenBackend);
vi.mock('../../packages/tensor/src/backend/use-backend.ts', withChosenBackend);
