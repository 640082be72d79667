/** A worker of `workers.ts`: the pose model that ships, on the embedded backend. */
import type { PosePrompt } from '@pose-rft/datasets';
import { servePolicy } from '@pose-rft/hygrpo/workers';
import type { MllmAction } from '@pose-rft/mllm';
import { useBackend } from '@pose-rft/tensor';
import { loadModelOrShipped } from 'pose-rft';

await servePolicy<PosePrompt, MllmAction>(async () => {
  await useBackend('wasm');
  const policy = await loadModelOrShipped(undefined, 'sft');
  return { policy, reference: policy.clone() };
});
