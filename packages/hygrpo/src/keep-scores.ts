import type { ComponentScores } from '@pose-rft/hybrid-actions';
import { clone, keep, Tensor, tidy } from '@pose-rft/tensor';

/** Scores outside any gradient; the caller disposes of them with {@link disposeScores}. */
export function keepScores(score: () => ComponentScores): ComponentScores {
  const kept: ComponentScores[] = [];
  tidy(() => {
    // Clones, which share their data: a policy may well return one of its own parameters.
    kept.push(mapTensors(score(), (tensor) => keep(clone(tensor))) as ComponentScores);
  });
  return kept[0] as ComponentScores;
}

/** Frees what {@link keepScores} kept. */
export function disposeScores(scores: ComponentScores): void {
  mapTensors(scores, (tensor) => tensor.dispose());
}

/** Scores that live on when the parameters they may be made of do not. */
export function cloneScores(scores: ComponentScores): ComponentScores {
  return mapTensors(scores, (tensor) => clone(tensor)) as ComponentScores;
}

/** The same plain data with every tensor in it replaced. */
function mapTensors(value: unknown, map: (tensor: Tensor) => unknown): unknown {
  if (value instanceof Tensor) return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, map));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapTensors(part, map)]));
}
