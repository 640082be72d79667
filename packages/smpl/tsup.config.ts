import { packageBuild } from '../../tools/build/tsup-package.ts';

export default packageBuild({
  entry: ['src/index.ts', 'src/differentiable.ts', 'src/render.ts', 'src/three.ts', 'src/laws.ts'],
});
