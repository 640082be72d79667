/**
 * The weight of every token in the paper's sum: 1/P over prompts, 1/G over candidates, and the mean over the tokens of
 * a candidate. Candidates without a token weigh nothing.
 *
 * @param offsets - [P*G + 1]
 * @returns [T]
 */
export function tokenWeights(offsets: Int32Array): Float32Array {
  const candidateCount = offsets.length - 1;
  const weights = new Float32Array(offsets.at(-1) ?? 0);
  for (let candidate = 0; candidate < candidateCount; candidate++) {
    const start = offsets[candidate] as number;
    const end = offsets[candidate + 1] as number;
    weights.fill(1 / (candidateCount * (end - start)), start, end);
  }
  return weights;
}

/**
 * The weight of every candidate that has a nested component: 1/P over prompts and 1/|V| over the candidates of its
 * prompt that have one. A prompt without any still counts in P.
 *
 * @param candidates - [M], indices in P*G
 * @returns [M]
 */
export function candidateWeights(
  candidates: Int32Array,
  promptCount: number,
  candidatesPerPrompt: number,
): Float32Array {
  const validCounts = new Int32Array(promptCount);
  const promptOf = (candidate: number): number => Math.floor(candidate / candidatesPerPrompt);
  for (const candidate of candidates) {
    const prompt = promptOf(candidate);
    validCounts[prompt] = (validCounts[prompt] as number) + 1;
  }
  return Float32Array.from(
    candidates,
    (candidate) => 1 / (promptCount * (validCounts[promptOf(candidate)] as number)),
  );
}
