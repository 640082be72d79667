export { blendPanels } from './blend-panels';
export { skinPanels } from './skin-panels';
