// Serves the bandit's policy to a pool. Prompts below 0 make it fail in a way of the test's choice.
import { useBackend } from '@pose-rft/tensor';
import { servePolicy } from '../workers.js';
import { createBanditPolicy, type BanditAction } from './hybrid-bandit.js';

const THROW = -1;
const HANG = -2;
const END = -3;

await servePolicy<number, BanditAction>(async (data) => {
  if (data === 'no policy') throw new RangeError('there is no model here');
  await useBackend('cpu');
  const policy = createBanditPolicy();
  return {
    reference: createBanditPolicy(),
    policy: {
      ...policy,
      act: (prompts, options) => {
        switch (prompts[0] ?? 0) {
          case THROW:
            throw new TypeError('cannot act');
          case HANG:
            return new Promise(() => {});
          case END:
            return process.exit(3);
          default:
            return policy.act(prompts, options);
        }
      },
    },
  };
});
