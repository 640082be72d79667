import { defineConfig, type Options } from 'tsup';

/** The build that every package shares: ESM, declarations, source maps, dependencies left outside. */
export function packageBuild(options: Pick<Options, 'entry'> & Options): ReturnType<typeof defineConfig> {
  return defineConfig({
    format: ['esm'],
    target: 'node20',
    sourcemap: true,
    clean: true,
    treeshake: true,
    splitting: true,
    // tsup's declaration build still sets options that TypeScript 6 calls deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
    ...options,
  });
}
