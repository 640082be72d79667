/** Imports a package that may not be installed; bundlers must not try to resolve it. */
export async function importOptional(specifier: string): Promise<unknown> {
  const module: unknown = await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier);
  return module;
}
