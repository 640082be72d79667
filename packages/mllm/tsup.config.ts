import { packageBuild } from '../../tools/build/tsup-package.ts';

export default packageBuild({ entry: ['src/index.ts', 'src/laws.ts'] });
