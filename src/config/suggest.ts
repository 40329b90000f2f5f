/** The candidate that `typed` was most likely meant to be, or undefined when none is near. */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.floor(typed.length / 4) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(typed, candidate);
    if (distance <= bestDistance) {
      if (distance < bestDistance || best === undefined) best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance: the least number of characters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column] + 1, current[column - 1] + 1));
    }
    previous = current;
  }
  return previous[b.length];
}
