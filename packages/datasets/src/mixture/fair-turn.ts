/**
 * Whose turn it is: of n parties with shares that add up to 1, the one to take turn `turnsTaken + 1`, so that after
 * every turn each has had its share of the turns to within 1 - 1/(2n - 2). Tijdeman, "The chairman assignment problem"
 * (1980): among those whose claim is due, the one whose deadline comes first.
 *
 * @param shares - positive, adding up to 1
 * @param taken - the turns that each has had
 * @param turnsTaken - their sum
 */
export function fairTurn(shares: ArrayLike<number>, taken: ArrayLike<number>, turnsTaken: number): number {
  const count = shares.length;
  if (count <= 1) return 0;
  const least = 1 / (2 * count - 2);
  let chosen = -1;
  let earliest = Infinity;
  let mostClaiming = 0;
  let largestClaim = -Infinity;
  for (let party = 0; party < count; party++) {
    const share = shares[party] as number;
    const claim = share * (turnsTaken + 1) - (taken[party] as number);
    if (claim > largestClaim) {
      largestClaim = claim;
      mostClaiming = party;
    }
    // Some claim always is due; rounding must not make it miss by a hair.
    if (claim < least - 1e-9) continue;
    const deadline = (1 - least - claim) / share;
    if (deadline < earliest - 1e-9) {
      earliest = deadline;
      chosen = party;
    }
  }
  return chosen < 0 ? mostClaiming : chosen;
}
