import { fnv1a32Signed } from '../../routing/hashes/fnv1a.js';
import type { Link } from './link.js';

/**
 * How a destination of several daemons chooses the one for a name, among those that are up:
 *
 * - `failover`: the first one (carbon-c-relay's cluster type);
 * - `any_of`: the one that the hash of the name says; while it is down, another one that the hash says (carbon-c-relay's).
 */
export type LinkChoice = 'failover' | 'any_of';

/** The link for the name `bytes[start, end)`. For every point; `up`, not empty, is those of `all` that are up. */
export function chooseLink(
  choice: LinkChoice,
  all: readonly Link[],
  up: readonly Link[],
  bytes: Uint8Array,
  start: number,
  end: number,
): Link {
  if (choice === 'failover' || all.length === 1) return up[0];
  const hash = fnv1a32Signed(bytes, start, end);
  const wanted = all[hash % all.length];
  return wanted.isUp ? wanted : up[Math.floor(hash / all.length) % up.length];
}
