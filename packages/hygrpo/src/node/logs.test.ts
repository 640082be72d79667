import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jsonlLog, tensorBoardLog } from '../node.js';
import { allSteps, banditConfig, banditRun, hit } from '../testing/hybrid-bandit.js';
import type { HyGrpoCallbacks, HyGrpoStep } from '../index.js';
import { crc32c, encodeEvent, maskedCrc32c, type EventContent } from './event-file.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hygrpo-logs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function logged(log: HyGrpoCallbacks, startIteration = 0): Promise<HyGrpoStep[]> {
  const run = banditRun({
    config: { ...banditConfig, iterations: 4 },
    startIteration,
    callbacks: [log],
  });
  const steps = await allSteps(run);
  run.policy.parameters.dispose();
  return steps;
}

describe('a JSONL log', () => {
  test('has a line an iteration with all metrics', async () => {
    const path = join(folder, 'deep', 'metrics.jsonl');
    const steps = await logged(jsonlLog(path));
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      steps.map(({ iteration, metrics }) => ({ iteration, ...metrics })),
    );
  });

  test('goes on where the run does, without what is repeated or was cut off', async () => {
    const path = join(folder, 'metrics.jsonl');
    await writeFile(path, '{"iteration":0}\n{"iteration":1}\n{"iteration":2}\n{"iter');
    await logged(jsonlLog(path), 2);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { iteration: number }).iteration)).toEqual([0, 1, 2, 3]);
  });

  test('says why nothing is learnt, and writes null for what is not finite', async () => {
    const path = join(folder, 'metrics.jsonl');
    const run = banditRun({
      config: {
        ...banditConfig,
        iterations: 1,
        components: { arm: {} },
        rewardExecution: { onFailure: 'decline' },
      },
      rewards: [{ ...hit, score: ({ rows }) => ({ values: new Float32Array(rows.length).fill(NaN) }) }],
      callbacks: [jsonlLog(path)],
    });
    await allSteps(run);
    run.policy.parameters.dispose();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      'rewards/hit/mean': null,
      flat: expect.stringMatching(/teach nothing/) as string,
    });
  });
});

interface ReadEvent {
  wallTimeSeconds: number;
  step: number;
  fileVersion?: string;
  sessionStatus?: number;
  scalars: Record<string, number>;
}

/** Reads an event file by the formats' descriptions alone, checking every length and checksum. */
function readEvents(file: Uint8Array): ReadEvent[] {
  const events: ReadEvent[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  while (at < file.length) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(maskedCrc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(maskedCrc32c(data));
    events.push(readEvent(data));
    at += 16 + length;
  }
  expect(at).toBe(file.length);
  return events;
}

type Field = { readonly number: number; readonly value: number | Uint8Array; readonly bits: Uint8Array };

function readFields(data: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = data[at++] ?? NaN;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const key = varint();
    const wire = key & 7;
    if (wire === 0) {
      fields.push({ number: key >>> 3, value: varint(), bits: new Uint8Array() });
      continue;
    }
    const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
    const bits = data.slice(at, at + length);
    at += length;
    fields.push({ number: key >>> 3, value: bits, bits });
  }
  return fields;
}

function readEvent(data: Uint8Array): ReadEvent {
  const event: ReadEvent = { wallTimeSeconds: NaN, step: 0, scalars: {} };
  for (const { number, value, bits } of readFields(data)) {
    if (number === 1) event.wallTimeSeconds = new DataView(bits.buffer).getFloat64(0, true);
    if (number === 2) event.step = Number(value);
    if (number === 3) event.fileVersion = new TextDecoder().decode(bits);
    if (number === 7) event.sessionStatus = Number(readFields(bits)[0]?.value);
    if (number !== 5) continue;
    for (const summary of readFields(bits)) {
      const [tag, simple] = readFields(summary.bits);
      event.scalars[new TextDecoder().decode(tag?.bits)] = new DataView(
        simple?.bits.buffer as ArrayBuffer,
      ).getFloat32(0, true);
    }
  }
  return event;
}

describe('a TensorBoard log', () => {
  const filesIn = async (): Promise<string[]> => (await readdir(folder)).sort();
  const eventsIn = async (file: string | undefined): Promise<ReadEvent[]> =>
    readEvents(Uint8Array.from(await readFile(join(folder, file ?? ''))));

  test('has every finite metric as a scalar at its step', async () => {
    const steps = await logged(tensorBoardLog(folder));
    const [file, ...others] = await filesIn();
    expect(others).toEqual([]);
    expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\./);
    const [version, ...events] = await eventsIn(file);
    expect(version?.fileVersion).toBe('brain.Event:2');
    expect(events.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    events.forEach(({ scalars, wallTimeSeconds }, index) => {
      const metrics = Object.entries({ ...steps[index]?.metrics }).filter(([, value]) =>
        Number.isFinite(value),
      );
      expect(scalars).toEqual(Object.fromEntries(metrics.map(([name, value]) => [name, Math.fround(value)])));
      expect(Math.abs(wallTimeSeconds - Date.now() / 1000)).toBeLessThan(60);
    });
  });

  test('of a resumed run begins a file that takes back the steps it repeats', async () => {
    await logged(tensorBoardLog(folder));
    await logged(tensorBoardLog(folder), 2);
    const files = await filesIn();
    expect(files).toHaveLength(2);
    const [, start, ...events] = await eventsIn(files[1]);
    expect(start).toMatchObject({ step: 2, sessionStatus: 1 });
    expect(events.map(({ step }) => step)).toEqual([2, 3]);
  });
});

describe('event files', () => {
  test('are byte for byte those of TensorBoard’s own writer', async () => {
    const golden = JSON.parse(
      await readFile(new URL('../../golden/tensorboard-events.golden.json', import.meta.url), 'utf8'),
    ) as {
      cases: {
        event: { wallTimeSeconds: number; step: number; content: EventContent };
        bytes: string;
      }[];
    };
    expect(golden.cases).toHaveLength(3);
    for (const { event, bytes } of golden.cases)
      expect(Buffer.from(encodeEvent(event)).toString('hex')).toBe(bytes);
  });

  test('carry the CRC-32C of RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });
});
