import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CarbonCachePorts,
  DebianCarbonCache,
  startCrelay,
} from '../../test/support/debian-carbon.js';
import { freePort } from '../../test/support/free-port.js';
import { fileOf, RETENTIONS, type Side } from './side.js';

/** Debian's carbon-c-relay, which sends every point to two of Debian's carbon-caches (limits lifted). */
export async function carbonSide(queue: number | 'default'): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), 'carbonbus-outage-'));
  const [first, second] = [await cache(join(folder, 'a')), await cache(join(folder, 'b'))];
  const port = await freePort();
  await Promise.all([first.start(), second.start()]);
  const servers = [first, second].map(({ ports }, i) => `127.0.0.1:${ports.line}=${'ab'[i]}`);
  const routes = `cluster both carbon_ch replication 2 ${servers.join(' ')} ;\nmatch * send to both stop ;`;
  const relay = await startCrelay(join(folder, 'relay'), port, routes, queue);
  return {
    name: `carbon-c-relay, queue ${queue === 'default' ? 'of its default, 25000' : `of ${queue}`}`,
    port,
    kill: () => first.end('SIGKILL'),
    revive: () => first.start(),
    paths: (metric) => [[fileOf(first.root, metric)], [fileOf(second.root, metric)]],
    remove: async () => {
      relay.end();
      await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function cache(folder: string): Promise<DebianCarbonCache> {
  const ports: CarbonCachePorts = {
    line: await freePort(),
    pickle: await freePort(),
    query: await freePort(),
  };
  return new DebianCarbonCache(folder, ports, RETENTIONS);
}
