// node --conditions=@pose-rft/source --import tsx tools/bench/scenes.ts
// CPU time of a synthetic scene without and with pictures, and of what reads data sets: JSON streamed, mixtures planned.
// Scenes are independent of each other, so two cores make twice as many.
import { createMixture, createScenes, jsonElements } from '@pose-rft/datasets';

/** Least CPU milliseconds a call, of some rounds. */
async function cpuMilliseconds(
  rounds: number,
  calls: number,
  call: (index: number) => unknown,
): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < calls; index++) await call(index);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000 / calls);
  }
  return least;
}

for (const pictures of [false, true]) {
  const scenes = createScenes({ seed: 1, split: 'train', sizePixels: 128, pictures });
  const milliseconds = await cpuMilliseconds(6, 200, (index) => scenes.scene(index));
  const aMinute = (2 * 60_000) / milliseconds;
  console.log(
    `scenes ${pictures ? 'with pictures of 128 x 128' : 'without pictures'}: ${milliseconds.toFixed(2)} ms CPU each, ` +
      `${Math.round(aMinute).toLocaleString('en')} a minute on two cores ` +
      `(target ${pictures ? '2,000' : '10,000'})`,
  );
}

const keypoints = Array.from({ length: 51 }, (_, i) => (i % 3 === 2 ? 2 : 100 + i));
const annotation = { keypoints, image_id: 36, bbox: [1.5, 2, 3, 4], segmentation: [keypoints], iscrowd: 0 };
const file = new TextEncoder().encode(
  JSON.stringify({ images: [], annotations: Array(20_000).fill(annotation) }),
);
async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += 1 << 18) yield file.subarray(at, at + (1 << 18));
}
const streaming = await cpuMilliseconds(5, 1, async () => {
  for await (const element of jsonElements(chunks(), { file: 'coco.json', key: 'annotations' })) void element;
});
const parsing = await cpuMilliseconds(5, 1, () => JSON.parse(new TextDecoder().decode(file)) as unknown);
console.log(
  `JSON streamed: ${(file.length / 1e3 / streaming).toFixed(0)} MB/s CPU; JSON.parse of the whole: ` +
    `${(file.length / 1e3 / parsing).toFixed(0)} MB/s`,
);

const mixture = createMixture<number>({
  sources: Array.from({ length: 8 }, (_, source) => ({
    name: `source ${source}`,
    task: `task ${source % 3}`,
    weight: 1 + source,
    count: 100_000,
    read: (index) => index,
  })),
  batchSize: 64,
  seed: 1,
});
const batches = await cpuMilliseconds(3, 200, () => mixture.next());
console.log(`mixture of 8 sources: ${batches.toFixed(3)} ms CPU a batch of 64`);
