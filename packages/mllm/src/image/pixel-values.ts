/** A picture as a vision tower takes it: resized, rescaled and normalised. */
export interface PixelValues {
  /** [channelCount, height, width], row-major: channel after channel, the top row first. */
  readonly data: Float32Array;
  readonly channelCount: number;
  readonly height: number;
  readonly width: number;
}
