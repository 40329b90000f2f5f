import { type Rejections, recentRejections } from '../../actors/query/rejections.js';
import { writeOut } from '../output.js';
import { type Cluster, onBus } from './cluster.js';
import { table } from './table.js';

/** A relay could not be asked. */
const EXIT_INCOMPLETE = 2;

/** `carbonbus rejected`: the inputs that the relays refused last. */
export async function rejected(
  cluster: Cluster,
  { limit, json }: { limit: number; json?: boolean },
): Promise<number> {
  const found = await onBus(cluster, ({ client, relays }) =>
    recentRejections(client, relays(), limit),
  );
  await writeOut(json ? `${JSON.stringify(found)}\n` : rejectedText(found));
  return found.failures.length === 0 ? 0 : EXIT_INCOMPLETE;
}

function rejectedText({ rejected, failures }: Rejections): string {
  const rows = rejected.map(({ timeMs, relay, peer, reason, text }) => [
    new Date(timeMs).toISOString(),
    relay,
    peer || '-',
    reason,
    text,
  ]);
  const missing = failures.map(({ relay, error }) => `${relay} was not asked: ${error}\n`);
  return [table([['TIME', 'RELAY', 'PEER', 'REASON', 'INPUT'], ...rows]), ...missing].join('');
}
