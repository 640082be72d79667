import { packageBuild } from '../../tools/build/tsup-package.ts';

export default packageBuild({ entry: ['src/index.ts', 'src/browser.ts', 'src/cli/main.ts'] });
