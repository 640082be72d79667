export { createRandom, InvalidRandomStateError, type Random, type RandomState } from './random.js';
