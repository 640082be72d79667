/**
 * The first key that an object of a JSON text has twice, or undefined. (`JSON.parse` silently keeps the last, so two
 * readers may see two different files in one.)
 *
 * @param text - valid JSON
 */
export function findDuplicateKey(text: string): string | undefined {
  // One entry for each open bracket: the keys seen so far, or undefined inside an array.
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  let position = 0;
  while (position < text.length) {
    const character = text[position];
    if (character === '"') {
      const end = endOfString(text, position);
      const keys = open[open.length - 1];
      if (expectsKey && keys !== undefined) {
        const key = JSON.parse(text.slice(position, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
        expectsKey = false;
      }
      position = end;
      continue;
    }
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    if (character === '{' || character === ',') expectsKey = open[open.length - 1] !== undefined;
    else if (character === '[') expectsKey = false;
    position += 1;
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let position = start + 1;
  while (text[position] !== '"') position += text[position] === '\\' ? 2 : 1;
  return position + 1;
}
