// A reward's worker: judges numbers, throws at 7, and computes for ever, without ever waiting, at 13.
import { register } from 'tsx/esm/api';

register();
const { serveReward } = await import('../workers/worker-reward.ts');
serveReward(({ rows }) => {
  if (rows.some(({ action }) => action === 7)) throw new RangeError('seven');
  while (rows.some(({ action }) => action === 13));
  return { values: Float32Array.from(rows, ({ action }) => 2 * action) };
});
