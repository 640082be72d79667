// npx tsx -C @pose-rft/source tools/parity/llava/write_adapter.ts FOLDER IDS
// Called by generate.py: loads FOLDER/base, gives it the adapters of the test, and writes what PEFT and transformers are
// to read: FOLDER/adapter, FOLDER/merged and FOLDER/logits.json.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createDecoder,
  loadHuggingFaceModel,
  mergeLora,
  packSegments,
  saveAdapter,
  saveHuggingFaceModel,
} from '@pose-rft/mllm';
import { createRandom } from '@pose-rft/random';
import { tidy, useBackend } from '@pose-rft/tensor';
import { addVerifiedAdapters } from '../../../packages/mllm/src/testing/verified-adapters.js';

const [folder = '', ids = '[]'] = process.argv.slice(2);
await useBackend('cpu');
const base = await loadHuggingFaceModel(join(folder, 'base'), { random: createRandom(1) });
// Without ids that no answer may hold, the logits are those of transformers.
const tokenIds = { ...base.config.tokenIds, unanswerable: [] };
const model = addVerifiedAdapters({ ...base, config: { ...base.config, tokenIds } });
const decoder = createDecoder(model);
const packed = packSegments([{ ids: JSON.parse(ids) as number[] }], model.config);
const logits = tidy(() => decoder.logits(decoder.hiddenStates(packed)).dataSync<'float32'>());
writeFileSync(join(folder, 'logits.json'), JSON.stringify([...logits]));
packed.dispose();
decoder.dispose();
await saveAdapter(join(folder, 'adapter'), model);
const merged = mergeLora(model);
await saveHuggingFaceModel(join(folder, 'merged'), merged, { maxShardBytes: 20_000 });
merged.parameters.dispose();
