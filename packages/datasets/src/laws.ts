export type { Law, LawParameters } from './laws/law.js';
export { mixtureArbitrary, mixtureLaws } from './laws/mixture-laws.js';
export type { MixturePlanner } from './laws/mixture-laws.js';
