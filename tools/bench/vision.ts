// npx tsx -C @pose-rft/source tools/bench/vision.ts [preset ...]
// Time of vision towers with random weights on the wasm backend, one thread: CPU time of the fastest of several runs.
// Without names, the small towers; clip-vit-large-patch14-336 takes 3 GB and a minute.
import { createRandom } from '@pose-rft/random';
import { createParameterStore, randomNormal, useBackend, type Tensor } from '@pose-rft/tensor';
import {
  createVisionTower,
  planVisionTower,
  VISION_PRESETS,
  visionPreset,
  type VisionPreset,
} from '@pose-rft/mllm';

function isPreset(name: string): name is VisionPreset {
  return name in VISION_PRESETS;
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

await useBackend('wasm');
const given = process.argv.slice(2);
for (const name of given.length > 0 ? given : ['small-clip', 'small-hmr2']) {
  if (!isPreset(name))
    throw new TypeError(`expected one of ${Object.keys(VISION_PRESETS).join(', ')}, found ${name}`);
  const config = visionPreset(name);
  const entries: Record<string, Tensor> = {};
  for (const [parameter, { shape, initial }] of Object.entries(planVisionTower(config))) {
    const spread = initial.kind === 'normal' ? initial.standardDeviation : 0;
    const mean = initial.kind === 'constant' ? initial.value : 0;
    entries[parameter] = randomNormal([...shape], mean, spread, 'float32', createRandom(1).integer(1000));
  }
  const parameters = createParameterStore(entries, { trainable: () => false });
  const tower = createVisionTower({ config, parameters });
  const { imageHeight: height, imageWidth: width } = config;
  const data = createRandom(2).fillNormal(new Float32Array(3 * height * width));
  const picture = { data, channelCount: 3, height, width };
  const isSmall = parameters.parameterCount < 1e7;
  for (const batch of isSmall ? [1, 32] : [1]) {
    const pictures = Array.from({ length: batch }, () => picture);
    let best = Infinity;
    for (let run = 0; run < (isSmall ? 20 : 3); run++) {
      const start = cpuMilliseconds();
      tower.encode(pictures);
      best = Math.min(best, cpuMilliseconds() - start);
    }
    const perSecond = (1000 * batch) / best;
    console.log(
      `${name}: ${(parameters.parameterCount / 1e6).toFixed(1)} M parameters, ${batch} at once: ` +
        `${best.toFixed(1)} ms of CPU, ${perSecond.toPrecision(3)} pictures/s`,
    );
  }
  parameters.dispose();
}
