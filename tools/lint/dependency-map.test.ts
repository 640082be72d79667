import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEPENDENCY_MAP, importableSomewhere, packageName } from './dependency-map.js';

const root = resolve(import.meta.dirname, '../..');
const folders = Object.keys(DEPENDENCY_MAP);

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(resolve(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest;
}

function declared(folder: string): string[] {
  const { dependencies = {}, peerDependencies = {} } = manifest(folder);
  return [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
}

const isOurs = (name: string): boolean => name.startsWith('@pose-rft/') || name === 'pose-rft';

describe('the dependency map', () => {
  test('has a row for every package, and no other', () => {
    const onDisk = readdirSync(resolve(root, 'packages')).sort();
    expect([...folders].sort()).toEqual(onDisk);
    for (const folder of folders) expect(manifest(folder).name).toBe(packageName(folder));
  });

  test('runs one way: each package imports only packages whose own imports it may also reach without a cycle', () => {
    const finished = new Set<string>();
    const visit = (folder: string, path: readonly string[]): void => {
      expect(path, 'a cycle').not.toContain(folder);
      if (finished.has(folder)) return;
      for (const next of importableSomewhere(folder)) visit(next, [...path, folder]);
      finished.add(folder);
    };
    for (const folder of folders) visit(folder, []);
    expect(finished.size).toBe(folders.length);
  });

  test.for(folders)('%s declares no package that the map does not give it', (folder) => {
    const allowed = importableSomewhere(folder).map(packageName);
    for (const name of declared(folder).filter(isOurs)) expect(allowed).toContain(name);
  });

  test.for(folders)('%s declares every package that its shipped files import', (folder) => {
    const source = resolve(root, 'packages', folder, 'src');
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/\.(test|bench)\.ts$/.test(file) && !file.includes('assembly/'),
    );
    expect(files.length).toBeGreaterThan(0);
    const imported = files.flatMap((file) =>
      ts
        .preProcessFile(readFileSync(resolve(source, file), 'utf8'))
        .importedFiles.map(({ fileName }) => fileName),
    );
    const bare = imported.filter((name) => !name.startsWith('.') && !name.startsWith('node:'));
    const packages = new Set(
      bare.map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    );
    expect([...packages].filter((name) => !declared(folder).includes(name))).toEqual([]);
  });
});

describe('eslint.config.js', () => {
  let eslint: ESLint;
  beforeAll(() => {
    eslint = new ESLint({
      cwd: root,
      overrideConfigFile: resolve(root, 'eslint.config.js'),
      // The arrows need no types; without them a text is checked in milliseconds.
      overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } }],
      ruleFilter: ({ ruleId }) =>
        ['no-restricted-imports', 'no-restricted-syntax', 'max-lines'].includes(ruleId),
    });
  });

  async function complaints(file: string, text: string): Promise<(string | null)[]> {
    const [result] = await eslint.lintText(text, { filePath: resolve(root, file) });
    const messages = result?.messages ?? [];
    expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
    return messages.map(({ ruleId }) => ruleId);
  }

  const forbidden: [string, string, string][] = [
    ['packages/smpl/src/x.ts', "export { a } from '@pose-rft/tensor';", 'no-restricted-imports'],
    ['packages/smpl/src/laws.ts', "import type { a } from '@pose-rft/tensor';", 'no-restricted-imports'],
    ['packages/smpl/src/x.test.ts', "import { a } from '@pose-rft/tensor';", 'no-restricted-imports'],
    ['packages/smpl/src/differentiable/x.ts', "import { a } from '@pose-rft/mllm';", 'no-restricted-imports'],
    [
      'packages/smpl/src/differentiable/x.ts',
      "export const a = import('@tensorflow/tfjs-core');",
      'no-restricted-syntax',
    ],
    [
      'packages/smpl/src/files/x.ts',
      "import type { A } from '@pose-rft/text-pose';",
      'no-restricted-imports',
    ],
    ['packages/text-pose/src/x.ts', "export { a } from '@pose-rft/tensor';", 'no-restricted-imports'],
    ['packages/text-pose/src/x.ts', "export { a } from './retrieval/x.js';", 'no-restricted-imports'],
    ['packages/hygrpo/src/x.ts', "import { a } from '@pose-rft/smpl';", 'no-restricted-imports'],
    ['packages/hygrpo/src/x.test.ts', "import { a } from '@pose-rft/mllm';", 'no-restricted-imports'],
    ['packages/random/src/x.ts', "import { a } from '@pose-rft/smpl';", 'no-restricted-imports'],
    ['packages/smpl/src/x.ts', "import { a } from '@pose-rft/smpl';", 'no-restricted-imports'],
    ['packages/smpl/src/x.test.ts', "import { a } from 'pose-rft';", 'no-restricted-imports'],
    ['packages/rewards/src/x.ts', "import { a } from '@pose-rft/tensor/testing';", 'no-restricted-imports'],
    ['packages/tensor/src/x.ts', "import { a } from 'pose-rft';", 'no-restricted-imports'],
    ['packages/mllm/src/x.ts', "import * as tf from '@tensorflow/tfjs-core';", 'no-restricted-imports'],
    ['packages/smpl/src/x.ts', "import { a } from '../../random/src/random.js';", 'no-restricted-imports'],
    ['examples/x/src/main.ts', "import * as tf from '@tensorflow/tfjs-core';", 'no-restricted-imports'],
    ['packages/mllm/src/x.ts', "export const a = import('@tensorflow/tfjs-core');", 'no-restricted-syntax'],
    ['packages/smpl/src/x.ts', "export const a = import('@pose-rft/mllm');", 'no-restricted-syntax'],
    ['packages/smpl/src/x.ts', 'export default 1;', 'no-restricted-syntax'],
    ['packages/smpl/src/x.ts', 'export class Model {}', 'no-restricted-syntax'],
    ['packages/smpl/src/x.ts', 'export const a = 1 as unknown as string;', 'no-restricted-syntax'],
    ['packages/smpl/src/utils.ts', 'export const a = 1;', 'no-restricted-syntax'],
  ];
  test.for(forbidden)('reports %s: %s', async ([file, text, rule]) => {
    expect(await complaints(file, text)).toContain(rule);
  });

  test('reports files of more than 400 lines', async () => {
    expect(await complaints('packages/smpl/src/x.ts', 'export {};\n'.repeat(401))).toContain('max-lines');
    expect(await complaints('packages/smpl/src/x.ts', 'export {};\n'.repeat(399))).toEqual([]);
  });

  const fine: [string, string][] = [
    ['packages/tensor/src/x.test.ts', "import { a } from '@pose-rft/tensor/testing';"],
    ['packages/pose-rft/src/x.test.ts', "import { a } from 'pose-rft';"],
    ['packages/smpl/src/x.ts', "import { createRandom } from '@pose-rft/random';"],
    ['packages/mllm/src/x.ts', "import { a } from '@pose-rft/tensor/testing';"],
    ['packages/smpl/src/differentiable.ts', "import { a } from '@pose-rft/tensor';"],
    ['packages/smpl/src/differentiable.ts', "export { a } from './differentiable/x.js';"],
    ['packages/smpl/src/differentiable/x.ts', "import { a } from '@pose-rft/tensor';"],
    ['packages/smpl/src/differentiable/x.test.ts', "import { a } from '@pose-rft/tensor/testing';"],
    ['packages/text-pose/src/retrieval/x.ts', "import { a } from '@pose-rft/tensor';"],
    ['packages/text-pose/src/retrieval/x.ts', "import { a } from '../caption/x.js';"],
    ['packages/tensor/src/x.ts', "import * as tf from '@tensorflow/tfjs-core';"],
    ['packages/tensor/src/x.ts', "export const a = import('@tensorflow/tfjs-node');"],
    ['packages/pose-rft/src/x.ts', "import { a } from '@pose-rft/mllm';"],
    ['packages/smpl/src/files/x.ts', "import { a } from '../skeleton.js';"],
    ['packages/smpl/src/x.ts', 'export class ShapeError extends Error {}'],
    ['packages/smpl/vitest.config.ts', 'export default 1;'],
  ];
  test.for(fine)('accepts %s: %s', async ([file, text]) => {
    expect(await complaints(file, text)).toEqual([]);
  });
});
