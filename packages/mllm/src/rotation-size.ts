/** Numbers of one joint's rotation: the first two columns of its matrix. */
export const ROTATION_SIZE = 6;
