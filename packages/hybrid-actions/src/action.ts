import type {
  BoxSpace,
  CategoricalSpace,
  HybridFields,
  HybridSpace,
  RealSpace,
  RotationsSpace,
  Space,
  TokensSpace,
  WhenSpace,
} from './space.js';

/**
 * The type of a space's actions: tokens are `readonly number[]`, a category is a `number`, vectors and rotations are
 * `Float32Array`, a hybrid action is an object in which conditional fields are optional.
 */
export type ActionOf<Of extends Space> = Of extends TokensSpace
  ? readonly number[]
  : Of extends CategoricalSpace
    ? number
    : Of extends RealSpace | BoxSpace | RotationsSpace
      ? Float32Array
      : Of extends HybridSpace<infer Fields>
        ? HybridAction<Fields>
        : never;

type HybridAction<Fields extends HybridFields> = Merged<
  {
    readonly [Name in keyof Fields as Fields[Name] extends Space ? Name : never]: Fields[Name] extends Space
      ? ActionOf<Fields[Name]>
      : never;
  } & {
    readonly [
      Name in keyof Fields as Fields[Name] extends WhenSpace ? Name : never
    ]?: Fields[Name] extends WhenSpace<string, infer Inner> ? ActionOf<Inner> : never;
  }
>;

/** One object type instead of an intersection: what editors show, and what exact type tests compare. */
type Merged<Type> = { [Name in keyof Type]: Type[Name] };
