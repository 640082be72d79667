/**
 * The most likely sequence of independent steps that stops after `end`: of every length, the best tokens other than the
 * end and then the end; or the best tokens other than the end at every step.
 *
 * @param logits - steps x vocabulary, row-major
 */
export function likeliestSequence(logits: Float32Array, vocabularySize: number, end: number): number[] {
  const steps = logits.length / vocabularySize;
  const going: number[] = [];
  let reached = 0;
  let best = { length: 0, logProb: -Infinity };
  for (let step = 0; step < steps; step++) {
    const row = logits.subarray(step * vocabularySize, (step + 1) * vocabularySize);
    const largest = row.reduce((most, logit) => Math.max(most, logit), -Infinity);
    const logTotal = largest + Math.log(row.reduce((total, logit) => total + Math.exp(logit - largest), 0));
    let next = end === 0 ? 1 : 0;
    for (let token = 0; token < vocabularySize; token++)
      if (token !== end && (row[token] as number) > (row[next] as number)) next = token;
    const stopped = reached + (row[end] as number) - logTotal;
    if (stopped > best.logProb) best = { length: step, logProb: stopped };
    reached += (row[next] ?? -Infinity) - logTotal;
    going.push(next);
  }
  if (steps === 0 || reached > best.logProb) return going;
  return [...going.slice(0, best.length), end];
}
