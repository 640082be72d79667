// The small model learns in the browser: WebGPU if there is a graphics card, else WebAssembly.
import { setWasmFolder, useBackend, type BackendName } from '@pose-rft/tensor';
import configUrl from 'pose-rft/checkpoints/sft/config.json?url';
import weightsUrl from 'pose-rft/checkpoints/sft/model.safetensors?url';
import { lineChart } from 'pose-rft/browser';
import { drawBody } from './draw-body.js';
import { trainAndAnswer } from './training.js';

/** `?backend=webgpu&iterations=20` chooses; `auto` takes the best. */
const parameters = new URLSearchParams(location.search);
const iterations = Number(parameters.get('iterations') ?? 100);

function element<Kind extends Element>(selector: string): Kind {
  const found = document.querySelector<Kind>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}

const status = element<HTMLParagraphElement>('#status');
const canvas = element<HTMLCanvasElement>('#body');
const sentence = element<HTMLInputElement>('#sentence');

async function train(): Promise<void> {
  // Where the browser has WebGPU, useBackend takes it if there is a card behind it.
  if ('gpu' in navigator) await import('@pose-rft/tensor/webgpu');
  setWasmFolder('./wasm/');
  const { description } = await useBackend((parameters.get('backend') ?? 'auto') as BackendName | 'auto');
  status.textContent = `${description}: loading the model`;
  const [config, weights] = await Promise.all([
    fetch(configUrl).then((response) => response.text()),
    fetch(weightsUrl).then((response) => response.arrayBuffer()),
  ]);
  const rewards: number[] = [];
  const losses: number[] = [];
  const progress = trainAndAnswer({
    files: { config, weights: new Uint8Array(weights) },
    sentence: () => sentence.value || 'someone standing',
    iterations,
  });
  for await (const { reward, loss, seconds, pose6d, text } of progress) {
    rewards.push(reward);
    losses.push(loss);
    element('#reward').innerHTML = lineChart({
      label: 'reward',
      unit: '',
      values: rewards,
      wanted: 'higher',
    });
    element('#loss').innerHTML = lineChart({ label: 'loss', unit: '', values: losses, wanted: 'none' });
    element('#answer').textContent = text;
    if (pose6d !== undefined) drawBody(canvas, pose6d);
    status.textContent = `${description}: iteration ${rewards.length} of ${iterations}, ${seconds.toFixed(2)} s`;
    // The page is drawn between two iterations.
    await new Promise(requestAnimationFrame);
  }
  document.title = 'done';
}

train().catch((error: unknown) => {
  status.textContent = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  document.title = 'failed';
});
