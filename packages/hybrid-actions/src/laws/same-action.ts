/** Whether two actions are the same to the bit, their fields in the same order. */
export function sameAction(first: unknown, second: unknown): boolean {
  if (!isComposite(first) || !isComposite(second)) return Object.is(first, second);
  const parts = Object.entries(first);
  const others = Object.entries(second);
  return (
    first.constructor === second.constructor &&
    parts.length === others.length &&
    parts.every(([name, part], position) => {
      const other = others[position];
      return other !== undefined && name === other[0] && sameAction(part, other[1]);
    })
  );
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
