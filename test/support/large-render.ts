import { renderRoutes } from '../../src/edge/http/render-routes.js';
import { HttpServer } from '../../src/edge/http/server.js';
import { RenderPool } from '../../src/edge/rendering/render-pool.js';
import { FakeCluster } from './fake-cluster.js';
import { freePort } from './free-port.js';
import { RENDER_LIMITS } from './render-limits.js';

/*
 * A program: the HTTP interface over nodes with many series, so that a test sees what a large request does to the memory
 * of a process. Prints its port once it listens; `SERIES` and `POINTS` say how many there are.
 */

const series = Number(process.env.SERIES);
const points = Number(process.env.POINTS);
const cluster = new FakeCluster();
cluster.beat({ node1: 'live', node2: 'live', node3: 'live' });
const values = Array.from({ length: points }, (_, i) => Math.round(Math.sin(i) * 1e5) / 1e3);
for (let i = 0; i < series; i++) {
  const name = `host${i}.load`;
  for (const home of cluster.homes(name)) cluster.node(home).metrics[name] = values;
}
const sources = {
  query: cluster.query,
  events: { find: () => [] },
  drawings: {},
  pool: new RenderPool(RENDER_LIMITS),
};
const http = await HttpServer.create(
  [
    renderRoutes({
      ...sources,
      clock: cluster.clock,
      limits: RENDER_LIMITS,
    } as unknown as Parameters<typeof renderRoutes>[0]),
  ],
  {
    corsOrigins: [],
    compression: false,
    trustedProxies: '',
    requestsPerSecondMax: 0,
    readTokens: () => [],
  },
  cluster.logger,
);
const port = await freePort();
await http.listen({ host: '127.0.0.1', port, setting: 'HTTP_PORT' });
console.log(port);
