// Finds the programs that documentation shows: every ```ts fence of docstrings and of READMEs.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { root } from './workspace.mjs';

/**
 * @typedef {{ readonly origin: string; readonly code: string }} CodeFence `origin` is `path:line` of the first line
 * @param {string} text markdown
 * @param {string} path shown in `origin`
 * @param {number} [firstLine] number of the text's first line in its file
 * @returns {CodeFence[]}
 */
export function fencesOfMarkdown(text, path, firstLine = 1) {
  const fences = [];
  let open = null;
  text.split('\n').forEach((line, index) => {
    if (open === null && /^\s*```ts\s*$/.test(line)) open = { line: firstLine + index + 1, lines: [] };
    else if (open !== null && /^\s*```\s*$/.test(line)) {
      fences.push({ origin: `${path}:${open.line}`, code: `${open.lines.join('\n')}\n` });
      open = null;
    } else open?.lines.push(line);
  });
  if (open !== null) throw new Error(`${path}:${open.line}: a \`\`\`ts fence is not closed`);
  return fences;
}

/**
 * The fences of a source file's docstrings.
 *
 * @param {string} source TypeScript
 * @param {string} path shown in `origin`
 * @returns {CodeFence[]}
 */
export function fencesOfDocstrings(source, path) {
  return [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const firstLine = source.slice(0, comment.index).split('\n').length;
    const markdown = comment[0]
      .split('\n')
      .map((line) => line.replace(/^\s*\* ?/, ''))
      .join('\n');
    return fencesOfMarkdown(markdown, path, firstLine);
  });
}

/**
 * Everything a package documents in code: its README, then its shipped sources.
 *
 * @param {string} directory
 * @returns {CodeFence[]}
 */
export function fencesOfPackage(directory) {
  const source = resolve(directory, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort();
  return [
    ...fencesOfReadme(directory),
    ...files.flatMap((file) => {
      const path = resolve(source, file);
      return fencesOfDocstrings(readFileSync(path, 'utf8'), relative(root, path));
    }),
  ];
}

/** @param {string} directory @returns {CodeFence[]} */
export function fencesOfReadme(directory) {
  const path = resolve(directory, 'README.md');
  return existsSync(path) ? fencesOfMarkdown(readFileSync(path, 'utf8'), relative(root, path)) : [];
}
