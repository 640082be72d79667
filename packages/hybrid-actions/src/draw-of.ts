import type { Random } from '@pose-rft/random';

/**
 * The stream of one draw that consists of several: its parts split their own streams off it by name, so that none
 * depends on how many siblings it has, while the next draw from `random` is a new one (`split` with the names alone
 * would repeat).
 */
export function drawOf(random: Random): Random {
  return random.split(random.integer(2 ** 32));
}
