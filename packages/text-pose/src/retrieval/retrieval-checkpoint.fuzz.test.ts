import { createRandom, type Random } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RetrievalCheckpointError } from './retrieval-checkpoint-error.js';
import {
  decodeRetrievalModel,
  encodeRetrievalModel,
  type RetrievalCheckpointFiles,
} from './retrieval-checkpoint.js';
import { createRetrievalModel } from './retrieval-model.js';

/** `npm run fuzz` sets more. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 250);

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

/** One to three small changes: a byte of another value, a piece cut out or doubled, the end cut off. */
function damaged(file: Uint8Array, random: Random): Uint8Array {
  let bytes = Array.from(file);
  for (let change = random.integer(3); change >= 0 && bytes.length > 0; change--) {
    const at = random.integer(bytes.length);
    const piece = bytes.slice(at, at + 1 + random.integer(16));
    switch (random.integer(4)) {
      case 0:
        bytes[at] = random.pick([0, 1, 0x2c, 0x30, 0x7f, 0x80, 0xff, random.integer(256)]);
        break;
      case 1:
        bytes.splice(at, piece.length);
        break;
      case 2:
        bytes.splice(at, 0, ...piece);
        break;
      default:
        bytes = bytes.slice(0, at);
    }
  }
  return Uint8Array.from(bytes);
}

/** As if the weights had been saved so: the digest does not give the damage away. */
async function withDigest(files: RetrievalCheckpointFiles): Promise<RetrievalCheckpointFiles> {
  const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(files.weights));
  return { ...files, config: files.config.replace(/[0-9a-f]{64}/u, Buffer.from(digest).toString('hex')) };
}

it(`${RUNS} damaged checkpoints give a model or a RetrievalCheckpointError`, async () => {
  const model = createRetrievalModel({
    config: {
      embeddingSize: 2,
      text: {
        kind: 'convolution',
        bucketCount: 4,
        wordSize: 2,
        windowSize: 1,
        filterCount: 2,
        hiddenSize: 2,
        maximumWords: 4,
        skippedWords: ['the'],
      },
      pose: { features: 'joint-positions', hiddenSize: 2, layerCount: 1 },
    },
    random: createRandom(1),
  });
  const files = await encodeRetrievalModel(model);
  model.dispose();
  const random = createRandom(20260);
  for (let run = 0; run < RUNS; run++) {
    const stream = random.split(run);
    const broken =
      run % 2 === 0
        ? await withDigest({ ...files, weights: damaged(files.weights, stream) })
        : { ...files, config: Buffer.from(damaged(Buffer.from(files.config), stream)).toString('utf8') };
    const outcome = await decodeRetrievalModel(broken).catch((error: unknown) => error);
    if (outcome instanceof Error)
      expect(outcome, `run ${run}: ${outcome.stack}`).toBeInstanceOf(RetrievalCheckpointError);
    else (outcome as Awaited<ReturnType<typeof decodeRetrievalModel>>).model.dispose();
  }
});
