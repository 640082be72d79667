/** Thrown when an accessor hands a reward something of the wrong shape. */
export class RewardInputError extends Error {
  override readonly name = 'RewardInputError';
}
