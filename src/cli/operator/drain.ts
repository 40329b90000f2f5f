import { sleep } from '../../actors/ports/clock.js';
import { NodeClient } from '../../actors/query/node-client.js';
import { systemClock } from '../../edge/clock.js';
import { NatsBus } from '../../edge/nats-bus.js';
import { writeOut } from '../output.js';
import { type Cluster, connected, requireNode, SILENT } from './cluster.js';

const POLL_MS = 500;

/**
 * `carbonbus drain` and `carbonbus rejoin`. A drain is waited for; the node goes on with it when this command is stopped.
 *
 * Errors: `UNKNOWN_NODE`, `NO_RESPONDER` for a node that is not up, `NODE_DRAINING`.
 */
export async function drainOrRejoin(
  cluster: Cluster,
  type: 'drain' | 'rejoin',
  node: string,
): Promise<number> {
  requireNode(cluster, node);
  return connected(cluster, async (connection) => {
    const client = new NodeClient(new NatsBus(connection, SILENT), cluster.timeoutMs);
    for (let told = -1; ; ) {
      const { state, queuePoints } = await client.ask('node', node, { type });
      if (type === 'rejoin' || state === 'left') {
        await writeOut(`${node} is ${state}\n`);
        return 0;
      }
      if (queuePoints !== told)
        await writeOut(`${node} is ${state}: ${queuePoints} points queued\n`);
      told = queuePoints;
      await sleep(systemClock, POLL_MS);
    }
  });
}
