/** Thrown for a picture in which there is nobody, or a box that does not lie in it. */
export class PersonError extends Error {
  override readonly name = 'PersonError';
}
