import type { JsonElement } from '../json/json-elements.js';
import type { ReadingContext } from '../reading/dataset-reading.js';

/** One element of a file's list, with the words for where it stands. */
export interface ListElement {
  readonly where: string;
  readonly index: number;
  readonly value: unknown;
}

/**
 * The sound elements of a streamed list. Broken ones are counted (or passed over `silently`, where another pass counts
 * them), and so is a list that ends too early.
 */
export async function* forEachElement(
  context: ReadingContext,
  file: string,
  elements: AsyncGenerator<JsonElement, void, undefined>,
  counting: 'counted' | 'silently' = 'counted',
): AsyncGenerator<ListElement, void, undefined> {
  for (;;) {
    let next: IteratorResult<JsonElement, void> | undefined;
    if (counting === 'counted') next = await context.attempt(file, () => elements.next());
    else next = await elements.next().catch(() => undefined);
    if (next === undefined || next.done === true) return;
    const { index } = next.value;
    const where = `${file}: element ${index}`;
    if ('value' in next.value) yield { where, index, value: next.value.value };
    else if (counting === 'counted') context.problem('broken-record', where, next.value.problem);
  }
}
