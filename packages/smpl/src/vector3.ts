/** A point or direction: x to the body's left, y up, z front; metres. */
export type Vector3 = readonly [number, number, number];
