import { errorText } from '../../errors.js';
import type { RejectedInput } from '../../protocols/messages.js';
import type { NodeClient } from './node-client.js';

/** What relays refused lately. */
export interface Rejections {
  /** The newest first. */
  rejected: (RejectedInput & { relay: string })[];
  /** Relays that could not be asked. */
  failures: { relay: string; error: string }[];
}

/** Asks every relay for the inputs that it refused last, and merges the answers. */
export async function recentRejections(
  client: NodeClient,
  relays: readonly string[],
  limit: number,
): Promise<Rejections> {
  const found: Rejections = { rejected: [], failures: [] };
  await Promise.all(
    relays.map(async (relay) => {
      try {
        const { rejected } = await client.ask('relay', relay, { type: 'rejected', limit });
        for (const one of rejected) found.rejected.push({ relay, ...one });
      } catch (error) {
        found.failures.push({ relay, error: errorText(error) });
      }
    }),
  );
  found.rejected.sort((a, b) => b.timeMs - a.timeMs);
  found.rejected.length = Math.min(found.rejected.length, limit);
  return found;
}
