import type {
  BernoulliSpace,
  BoxSpace,
  CategoricalSpace,
  HybridFields,
  HybridSpace,
  MultiCategoricalSpace,
  RealSpace,
  RotationsSpace,
  Space,
  TokensSpace,
  TupleSpace,
  WhenSpace,
} from './space.js';

/**
 * The type of a space's actions: tokens and several categories are `readonly number[]`, a category is a `number`, flags
 * are `readonly (0 | 1)[]`, vectors and rotations are `Float32Array`, a tuple is a tuple, and a hybrid action is an
 * object in which conditional fields are optional.
 */
export type ActionOf<Of extends Space> = Of extends TokensSpace | MultiCategoricalSpace
  ? readonly number[]
  : Of extends CategoricalSpace
    ? number
    : Of extends BernoulliSpace
      ? readonly (0 | 1)[]
      : Of extends RealSpace | BoxSpace | RotationsSpace
        ? Float32Array
        : Of extends TupleSpace<infer Parts>
          ? TupleAction<Parts>
          : Of extends HybridSpace<infer Fields>
            ? HybridAction<Fields>
            : never;

/** Of a space that is only known to be some space, nothing is known of the parts: this is where the recursion ends. */
type TupleAction<Parts extends readonly Space[]> = Space extends Parts[number]
  ? readonly unknown[]
  : { readonly [Position in keyof Parts]: ActionOf<Parts[Position]> };

/** The space of a field, whatever conditions it stands under. */
export type SpaceOfField<Field> = [Space] extends [Field]
  ? Space
  : Field extends WhenSpace<string, infer Inner>
    ? SpaceOfField<Inner>
    : Extract<Field, Space>;

type HybridAction<Fields extends HybridFields> = string extends keyof Fields
  ? Readonly<Record<string, unknown>>
  : Merged<
      {
        readonly [Name in keyof Fields as Fields[Name] extends Space ? Name : never]: ActionOf<
          SpaceOfField<Fields[Name]>
        >;
      } & {
        readonly [Name in keyof Fields as Fields[Name] extends WhenSpace ? Name : never]?: ActionOf<
          SpaceOfField<Fields[Name]>
        >;
      }
    >;

/** One object type instead of an intersection: what editors show, and what exact type tests compare. */
type Merged<Type> = { [Name in keyof Type]: Type[Name] };
