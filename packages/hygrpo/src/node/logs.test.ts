import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
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

const noLog: HyGrpoCallbacks = {};

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

  test('keeps only whole lines of iterations before the one that comes next', async () => {
    const path = join(folder, 'metrics.jsonl');
    const lines = [
      'null',
      '7',
      '"x"',
      '{"iteration":"1"}',
      '{"loss":1}',
      '{"iteration":1,"loss":2}',
      '{"iteration":3}',
    ];
    await writeFile(path, lines.map((line) => `${line}\n`).join(''));
    await jsonlLog(path).onStart?.({ iteration: 3 });
    expect(await readFile(path, 'utf8')).toBe('{"iteration":1,"loss":2}\n');
    await jsonlLog(path).onStart?.({ iteration: 1 });
    expect(await readFile(path, 'utf8')).toBe('');
  });

  test('has the sentences of a step beside its metrics, where there are any', async () => {
    const path = join(folder, 'metrics.jsonl');
    const log = jsonlLog(path);
    await log.onStart?.({ iteration: 0 });
    const [step] = await logged(noLog);
    if (step === undefined) throw new Error('there is one');
    const metrics = { ...step.metrics, loss: 0.5 };
    await log.onStep?.({ iteration: 0, metrics });
    await log.onStep?.({ iteration: 1, metrics, stopped: 'Enough.' });
    const [first, second] = (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ iteration: 0, loss: 0.5 });
    expect(first).not.toHaveProperty('stopped');
    expect(first).not.toHaveProperty('flat');
    expect(second).toMatchObject({ iteration: 1, stopped: 'Enough.' });
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

  test('names its file by time, host, process and number, the second of a second by the next number', async () => {
    vi.useFakeTimers({ now: 1_234_567_000, toFake: ['Date'] });
    try {
      const deep = join(folder, 'deep', 'er');
      for (let count = 0; count < 3; count++) await tensorBoardLog(deep).onStart?.({ iteration: 0 });
      expect((await readdir(deep)).sort()).toEqual(
        [0, 1, 2].map((number) => `events.out.tfevents.0001234567.${hostname()}.${process.pid}.${number}`),
      );
    } finally {
      vi.useRealTimers();
    }
  });

  test('leaves out what is not finite, and does not take a folder that is a file', async () => {
    const log = tensorBoardLog(folder);
    const [step] = await logged(noLog);
    if (step === undefined) throw new Error('there is one');
    await log.onStart?.({ iteration: 0 });
    await log.onStep?.({ iteration: 7, metrics: { ...step.metrics, loss: NaN, kl: Infinity, reward: 0.5 } });
    const [, event, ...others] = await eventsIn((await filesIn())[0]);
    expect(others).toEqual([]);
    expect(event?.step).toBe(7);
    expect(event?.scalars).toMatchObject({ reward: 0.5 });
    expect(event?.scalars).not.toHaveProperty('loss');
    expect(event?.scalars).not.toHaveProperty('kl');
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(tensorBoardLog(file).onStart?.({ iteration: 0 })).rejects.toMatchObject({ code: 'EEXIST' });
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
  test('hold lengths and steps of any size', () => {
    for (const step of [0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 45 + 3]) {
      const values = { [`${'long '.repeat(40)}name`]: 0.25, other: -1.5 };
      const event = encodeEvent({ wallTimeSeconds: 1.5, step, content: { kind: 'scalars', values } });
      expect(readEvents(event)).toEqual([{ wallTimeSeconds: 1.5, step, scalars: values }]);
    }
  });

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
