/** Query rows that see nearly the same source rows, taken together: `blockCount` blocks, padded to one size. */
export interface AttentionBlocks {
  readonly blockCount: number;
  readonly queriesPerBlock: number;
  readonly sourcesPerBlock: number;
  /** [blockCount * queriesPerBlock] the query row in each place; padding repeats a row of the block. */
  readonly queryRows: Int32Array;
  /** [blockCount * sourcesPerBlock] the source row in each place; padding repeats a row of the block. */
  readonly sourceRows: Int32Array;
  /** [blockCount, queriesPerBlock, sourcesPerBlock] 0 where a query sees a source, else `HIDDEN_SCORE`. */
  readonly mask: Float32Array;
}

/** A division of all query rows into blocks of similar sizes. */
export interface AttentionPlan {
  readonly batches: readonly AttentionBlocks[];
  /** [N] where each query row stands among the rows of all batches, one after the other. */
  readonly places: Int32Array;
}

/** Added to the score of a row that may not be seen: its weight underflows to exactly 0. */
const HIDDEN_SCORE = -1e9;
/** A query joins a block that then shows it this many times the sources that it sees... */
const LARGEST_EXCESS = 1.5;
/** ...or so few: small segments cost less together than one by one. */
const ALWAYS_ALLOWED = 64;

/** Consecutive queries, and the hulls of their first and second ranges. */
interface Block {
  readonly firstQuery: number;
  queryCount: number;
  first: Range;
  second: Range;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Divides queries into blocks, so that attention costs little more than what the queries see: one product over all
 * sources would cost queries x sources. Blocks of similar sizes are padded to one and computed together.
 *
 * @param ranges - [N, 4] row-major: query i sees source rows [r0, r1) and [r2, r3), not both empty
 */
export function planAttention(ranges: Int32Array): AttentionPlan {
  const bySize = new Map<string, Block[]>();
  for (const block of divide(ranges)) {
    const key = `${sizeClass(block.queryCount)} ${sizeClass(sourceCount(block.first, block.second))}`;
    const similar = bySize.get(key);
    if (similar) similar.push(block);
    else bySize.set(key, [block]);
  }
  const places = new Int32Array(ranges.length / 4);
  let placesBefore = 0;
  const batches: AttentionBlocks[] = [];
  for (const blocks of bySize.values()) {
    const batch = padToOneSize(blocks, ranges);
    blocks.forEach(({ firstQuery, queryCount }, index) => {
      for (let query = 0; query < queryCount; query++)
        places[firstQuery + query] = placesBefore + index * batch.queriesPerBlock + query;
    });
    placesBefore += batch.blockCount * batch.queriesPerBlock;
    batches.push(batch);
  }
  return { batches, places };
}

function divide(ranges: Int32Array): Block[] {
  const blocks: Block[] = [];
  let current: Block | undefined;
  for (let query = 0; query < ranges.length / 4; query++) {
    const [start0 = 0, end0 = 0, start1 = 0, end1 = 0] = ranges.subarray(4 * query, 4 * query + 4);
    const [first, second] = [
      { start: start0, end: end0 },
      { start: start1, end: end1 },
    ];
    const own = sourceCount(first, second);
    if (current !== undefined) {
      const [firstHull, secondHull] = [hull(current.first, first), hull(current.second, second)];
      // The rows of one segment start alike, and see ever more: together they cost what the last one sees.
      const goesOn = start0 === current.first.start && start1 === current.second.start;
      if (goesOn || sourceCount(firstHull, secondHull) <= Math.max(ALWAYS_ALLOWED, LARGEST_EXCESS * own)) {
        Object.assign(current, { first: firstHull, second: secondHull, queryCount: current.queryCount + 1 });
        continue;
      }
    }
    current = { firstQuery: query, queryCount: 1, first, second };
    blocks.push(current);
  }
  return blocks;
}

function hull(a: Range, b: Range): Range {
  if (a.start === a.end) return b;
  if (b.start === b.end) return a;
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}

function sourceCount(first: Range, second: Range): number {
  return first.end - first.start + second.end - second.start;
}

/** Sizes between one power of two and the next are padded to the largest of them. */
function sizeClass(size: number): number {
  return Math.ceil(Math.log2(size));
}

function padToOneSize(blocks: readonly Block[], ranges: Int32Array): AttentionBlocks {
  const queriesPerBlock = Math.max(...blocks.map(({ queryCount }) => queryCount));
  const sourcesPerBlock = Math.max(...blocks.map(({ first, second }) => sourceCount(first, second)));
  const queryRows = new Int32Array(blocks.length * queriesPerBlock);
  const sourceRows = new Int32Array(blocks.length * sourcesPerBlock);
  const mask = new Float32Array(blocks.length * queriesPerBlock * sourcesPerBlock).fill(HIDDEN_SCORE);
  blocks.forEach(({ firstQuery, queryCount, first, second }, index) => {
    const firstLength = first.end - first.start;
    const own = firstLength + second.end - second.start;
    for (let place = 0; place < sourcesPerBlock; place++) {
      // Padding repeats the last source, which no query sees a second time.
      const source = Math.min(place, own - 1);
      sourceRows[index * sourcesPerBlock + place] =
        source < firstLength ? first.start + source : second.start + source - firstLength;
    }
    for (let place = 0; place < queriesPerBlock; place++) {
      const query = firstQuery + Math.min(place, queryCount - 1);
      queryRows[index * queriesPerBlock + place] = query;
      const row = (index * queriesPerBlock + place) * sourcesPerBlock;
      const [start0 = 0, end0 = 0, start1 = 0, end1 = 0] = ranges.subarray(4 * query, 4 * query + 4);
      if (end0 > start0) mask.fill(0, row + start0 - first.start, row + end0 - first.start);
      if (end1 > start1)
        mask.fill(0, row + firstLength + start1 - second.start, row + firstLength + end1 - second.start);
    }
  });
  return { blockCount: blocks.length, queriesPerBlock, sourcesPerBlock, queryRows, sourceRows, mask };
}
