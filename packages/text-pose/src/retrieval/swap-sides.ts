const SIDE = /\b(left|right)\b/giu;
/** Behind it, "right" is no side: "bent at a right angle". */
const ANGLE = /^(?:left|right)[ -]angle/iu;

/**
 * The text that describes the mirror image: "left" and "right" change places, except in "right angle", "right-angled".
 * Swapping twice gives the text back.
 *
 * @example
 * ```ts
 * import { swapSides } from '@pose-rft/text-pose/retrieval';
 *
 * console.assert(swapSides('Left elbow at a right angle') === 'Right elbow at a right angle');
 * ```
 */
export function swapSides(text: string): string {
  return text.replaceAll(SIDE, (side: string, _group: string, position: number) => {
    if (ANGLE.test(text.slice(position))) return side;
    return inCaseOf(side, OTHER[side.toLowerCase() as keyof typeof OTHER]);
  });
}

const OTHER = { left: 'right', right: 'left' } as const;

function inCaseOf(model: string, word: string): string {
  if (model === model.toUpperCase()) return word.toUpperCase();
  return model.charAt(0) === model.charAt(0).toUpperCase()
    ? word.charAt(0).toUpperCase() + word.slice(1)
    : word;
}
