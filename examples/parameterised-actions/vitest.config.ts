import { packageTests } from '../../tools/build/vitest-package.ts';

export default packageTests('example-parameterised-actions');
