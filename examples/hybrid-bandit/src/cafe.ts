import { categorical, hybrid, real, when, type ActionOf } from '@pose-rft/hybrid-actions';
import type { Reward } from '@pose-rft/hygrpo';

// What can be done at the counter, and what is wanted. A prompt is the index of a customer.
export const COFFEE = 1;
const drink = categorical({ categories: 3 });
export const space = hybrid({ drink, taste: when('drink', { equals: COFFEE }, real({ size: 2 })) });
export type Action = ActionOf<typeof space>; // { drink: number; taste?: Float32Array }
export const WISHES = [
  { drink: 0 },
  { drink: COFFEE, taste: [0.8, -0.4] },
  { drink: COFFEE, taste: [-0.6, 0.9] },
];

const judge = (name: string, drives: string, judgement: (customer: number, action: Action) => number) =>
  ({
    name,
    drives,
    score: ({ rows }) => ({ values: Float32Array.from(rows, (row) => judgement(row.prompt, row.action)) }),
  }) satisfies Reward<number, Action>;
export const rightDrink = judge('drink', 'drink', (customer, action) =>
  action.drink === WISHES[customer]?.drink ? 1 : 0,
);
export const rightTaste = judge('taste', 'taste', (customer, { taste = [] }) => {
  const [milk = 0, sugar = 0] = WISHES[customer]?.taste ?? [];
  return Math.exp(-Math.hypot(milk - (taste[0] ?? 0), sugar - (taste[1] ?? 0)));
});
