/** Height and width in pixels of the crops that the picture encoders see; their towers leave out a strip on each side. */
export const CROP_PIXELS = 128;
