/** Thrown when a recorded body cannot be brought onto SMPL's joints: bones are missing, or its rest pose is unclear. */
export class RetargetError extends Error {
  override readonly name = 'RetargetError';
}
