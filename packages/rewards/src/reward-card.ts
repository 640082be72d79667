/** What a reward is, as data: for reports, for the tables of a README, and for `rewardLaws`. */
export interface RewardCard {
  /** What it measures, in a few words. */
  readonly measures: string;
  /** Of the values; `1` for a pure number. */
  readonly unit: string;
  /** Closed bounds of the values; infinite where there is none. */
  readonly range: Bounds;
  /** Closed bounds of the credit; absent: it gives no `perGroup`. */
  readonly creditRange?: Bounds;
  readonly maximisedBy: string;
  readonly gamedBy: string;
  /** Whether a row's score depends on that row alone, or on the others of its group as well. */
  readonly judges: 'rows' | 'groups';
}

/** The least and the greatest value. */
export type Bounds = readonly [lowest: number, highest: number];
