/** A regular language over token ids, as plain data: what an answer may be. `<eos>` is not part of it. */
export type TokenPattern =
  | { readonly kind: 'oneOf'; readonly ids: readonly number[] }
  /** Any token that an answer may hold, but `<eos>` and the given ones. */
  | { readonly kind: 'noneOf'; readonly ids: readonly number[] }
  | { readonly kind: 'sequence'; readonly parts: readonly TokenPattern[] }
  | { readonly kind: 'choice'; readonly options: readonly TokenPattern[] }
  /** `part` at least `minimum` times and at most `maximum` times, which may be Infinity. */
  | {
      readonly kind: 'repeat';
      readonly part: TokenPattern;
      readonly minimum: number;
      readonly maximum: number;
    };

/** Thrown for a pattern that no answer can match, or that is too large. */
export class TokenPatternError extends Error {
  override readonly name = 'TokenPatternError';
}

/** One of the given tokens. */
export function oneOf(...ids: readonly number[]): TokenPattern {
  return { kind: 'oneOf', ids };
}

/** Any token that an answer may hold, but the given ones. */
export function noneOf(...ids: readonly number[]): TokenPattern {
  return { kind: 'noneOf', ids };
}

/** Exactly these tokens. */
export function literal(ids: readonly number[]): TokenPattern {
  return sequence(...ids.map((id) => oneOf(id)));
}

/** One pattern after the other. */
export function sequence(...parts: readonly TokenPattern[]): TokenPattern {
  return { kind: 'sequence', parts };
}

/** Any of the patterns. */
export function choice(...options: readonly TokenPattern[]): TokenPattern {
  return { kind: 'choice', options };
}

/** A pattern several times: `repeat(part)` any number of times, `repeat(part, { minimum: 0, maximum: 1 })` optionally. */
export function repeat(
  part: TokenPattern,
  { minimum = 0, maximum = Infinity }: { readonly minimum?: number; readonly maximum?: number } = {},
): TokenPattern {
  return { kind: 'repeat', part, minimum, maximum };
}
