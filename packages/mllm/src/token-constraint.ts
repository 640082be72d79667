import { match } from 'ts-pattern';
import type { Decoder } from './decoder.js';
import { TokenPatternError, type TokenPattern } from './token-pattern.js';

/**
 * A deterministic automaton over token ids: which tokens may come next. States are small integers, made when they are
 * first reached.
 */
export interface TokenConstraint {
  readonly pattern: TokenPattern;
  readonly start: number;
  /** [vocabularySize] 1 for every token that may come next, `<eos>` among them where the pattern is complete. Not to be changed. */
  allowed(state: number): Uint8Array;
  /** The state after a token; -1 if it is not allowed. After `<eos>`, nothing is. */
  next(state: number, id: number): number;
  /** Whether an answer without its `<eos>` matches the pattern. */
  matches(ids: readonly number[]): boolean;
}

/** Transitions of the nondeterministic automaton: by one of `ids`, or by anything else if `isComplement`. */
interface Edge {
  readonly ids: ReadonlySet<number>;
  readonly isComplement: boolean;
  readonly target: number;
}

interface State {
  readonly members: readonly number[];
  readonly isComplete: boolean;
  allowed: Uint8Array | undefined;
  readonly successors: Map<number, number>;
}

const LARGEST_AUTOMATON = 100_000;

/**
 * Compiles a pattern for what a decoder may answer. A sampler then draws each token from the model's distribution
 * restricted to the allowed tokens and renormalised; scoring an answer under the same constraint gives the same numbers.
 * That is not the model's distribution given that the whole answer matches, which would look ahead.
 *
 * @throws TokenPatternError if no answer can match, a token of the pattern is none that the model answers with, or the
 *   pattern has more than 100,000 places
 * @example
 * ```ts
 * import { createTokenConstraint, literal, noneOf, oneOf, repeat, sequence } from '@pose-rft/mllm';
 *
 * const [end, pose, image, stop] = [1, 2, 3, 9];
 * const constraint = createTokenConstraint(
 *   sequence(repeat(noneOf(pose), { minimum: 1 }), oneOf(pose), literal([stop])),
 *   {
 *     config: { vocabularySize: 12, tokenIds: { endOfSequence: end } },
 *     canAnswerWith: (id) => id !== 0 && id !== image,
 *   },
 * );
 * console.assert(constraint.matches([7, 8, pose, stop]) && !constraint.matches([pose, stop]));
 * ```
 */
export function createTokenConstraint(
  pattern: TokenPattern,
  decoder: Pick<Decoder, 'canAnswerWith'> & {
    readonly config: {
      readonly vocabularySize: number;
      readonly tokenIds: { readonly endOfSequence: number };
    };
  },
): TokenConstraint {
  const { vocabularySize, tokenIds } = decoder.config;
  const { endOfSequence } = tokenIds;
  const isOrdinary = (id: number): boolean => id !== endOfSequence && decoder.canAnswerWith(id);
  const ordinaryIds = Array.from({ length: vocabularySize }, (_, id) => id).filter(isOrdinary);
  const edges: Edge[][] = [];
  const silent: number[][] = [];
  const addPlace = (): number => {
    if (edges.length >= LARGEST_AUTOMATON)
      throw new TokenPatternError(
        `createTokenConstraint: the pattern has more than ${LARGEST_AUTOMATON} places; repeat less often, or without a maximum.`,
      );
    edges.push([]);
    silent.push([]);
    return edges.length - 1;
  };

  /** Adds a pattern behind a place; returns the place behind it. */
  function build(part: TokenPattern, from: number): number {
    return match(part)
      .with({ kind: 'oneOf' }, ({ ids }) => {
        const strange = ids.find((id) => !isOrdinary(id));
        if (ids.length === 0 || strange !== undefined)
          throw new TokenPatternError(
            strange === undefined
              ? 'createTokenConstraint: oneOf names no token; expected one or more.'
              : `createTokenConstraint: the pattern holds token ${strange}, which the model never answers with (padding, ` +
                  'image, turn marks, unknown words) or which ends an answer; leave it out.',
          );
        return addEdge(from, { ids: new Set(ids), isComplement: false });
      })
      .with({ kind: 'noneOf' }, ({ ids }) => {
        const excluded = new Set(ids);
        if (ordinaryIds.every((id) => excluded.has(id)))
          throw new TokenPatternError(
            'createTokenConstraint: noneOf excludes every token; expected one left.',
          );
        return addEdge(from, { ids: excluded, isComplement: true });
      })
      .with({ kind: 'sequence' }, ({ parts }) => parts.reduce((place, next) => build(next, place), from))
      .with({ kind: 'choice' }, ({ options }) => {
        if (options.length === 0)
          throw new TokenPatternError('createTokenConstraint: choice has no options; expected one or more.');
        const ends = options.map((option) => build(option, addSilent(from)));
        const end = addPlace();
        for (const place of ends) silent[place]?.push(end);
        return end;
      })
      .with({ kind: 'repeat' }, ({ part: repeated, minimum, maximum }) =>
        buildRepeat(repeated, minimum, maximum, from),
      )
      .exhaustive();
  }

  function buildRepeat(part: TokenPattern, minimum: number, maximum: number, from: number): number {
    const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 0;
    if (!isCount(minimum) || !(maximum === Infinity || isCount(maximum)) || maximum < minimum)
      throw new TokenPatternError(
        `createTokenConstraint: repeat has the minimum ${minimum} and the maximum ${maximum}; expected integers ` +
          'with 0 <= minimum <= maximum, or a maximum of Infinity.',
      );
    let place = from;
    for (let count = 0; count < minimum; count++) place = build(part, place);
    if (maximum === Infinity) {
      const loop = addSilent(place);
      silent[build(part, loop)]?.push(loop);
      return addSilent(loop);
    }
    const end = addPlace();
    for (let count = minimum; count < maximum; count++) {
      silent[place]?.push(end);
      place = build(part, place);
    }
    silent[place]?.push(end);
    return end;
  }

  function addEdge(from: number, edge: Omit<Edge, 'target'>): number {
    const target = addPlace();
    edges[from]?.push({ ...edge, target });
    return target;
  }

  function addSilent(from: number): number {
    const place = addPlace();
    silent[from]?.push(place);
    return place;
  }

  const first = addPlace();
  const last = build(pattern, first);
  const states: State[] = [];
  const stateOfKey = new Map<string, number>();

  function stateOf(places: Iterable<number>): number {
    const members = reach(places, silent);
    const key = members.join();
    let state = stateOfKey.get(key);
    if (state === undefined) {
      state =
        states.push({
          members,
          isComplete: members.includes(last),
          allowed: undefined,
          successors: new Map(),
        }) - 1;
      stateOfKey.set(key, state);
    }
    return state;
  }

  function stateAt(index: number): State {
    const state = states[index];
    if (state === undefined)
      throw new TokenPatternError(
        `TokenConstraint: there is no state ${index}; give one that the constraint handed out.`,
      );
    return state;
  }

  function allowed(index: number): Uint8Array {
    const state = stateAt(index);
    if (state.allowed !== undefined) return state.allowed;
    const mask = new Uint8Array(vocabularySize);
    for (const place of state.members)
      for (const { ids, isComplement } of edges[place] ?? []) {
        if (isComplement) {
          for (const id of ordinaryIds) if (!ids.has(id)) mask[id] = 1;
        } else for (const id of ids) mask[id] = 1;
      }
    if (state.isComplete) mask[endOfSequence] = 1;
    state.allowed = mask;
    return mask;
  }

  function next(index: number, id: number): number {
    const state = stateAt(index);
    const known = state.successors.get(id);
    if (known !== undefined) return known;
    const targets: number[] = [];
    if (isOrdinary(id) && id < vocabularySize)
      for (const place of state.members)
        for (const { ids, isComplement, target } of edges[place] ?? [])
          if (ids.has(id) !== isComplement) targets.push(target);
    const successor = targets.length === 0 ? -1 : stateOf(targets);
    state.successors.set(id, successor);
    return successor;
  }

  const start = stateOf([first]);
  return {
    pattern,
    start,
    allowed,
    next,
    matches(ids) {
      let state = start;
      for (const id of ids) {
        state = next(state, id);
        if (state < 0) return false;
      }
      return stateAt(state).isComplete;
    },
  };
}

/** The places that can be reached without a token, in ascending order. */
function reach(places: Iterable<number>, silent: readonly (readonly number[])[]): readonly number[] {
  const reached = new Set<number>(places);
  const open = [...reached];
  for (let place = open.pop(); place !== undefined; place = open.pop())
    for (const target of silent[place] ?? [])
      if (!reached.has(target)) {
        reached.add(target);
        open.push(target);
      }
  return [...reached].sort((a, b) => a - b);
}
