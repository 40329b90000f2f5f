/**
 * From a socket to the whisper files of two replicas: lines over TCP into a local cluster of its own, as fast
 * as the relay takes them, until every point is on disk. The files are made before, by one point each: what
 * is measured is the steady state. Prints one JSON line.
 *
 * BENCH_METRICS (20000), BENCH_POINTS (2000000), BENCH_CONNECTIONS (4).
 */
import { readFileSync } from 'node:fs';
import { ClusterUnderTest, NODES } from '../test/support/cluster.js';
import { LineProducer } from '../test/support/producers.js';

const METRICS = Number(process.env.BENCH_METRICS ?? 20_000);
const POINTS = Number(process.env.BENCH_POINTS ?? 2_000_000);
const CONNECTIONS = Number(process.env.BENCH_CONNECTIONS ?? 4);
const ROLES = ['nats', 'relay1', ...NODES, 'api1'] as const;
/** Lines of one write to a socket. */
const LINES_PER_WRITE = 1_000;
const CLOCK_TICKS_PER_S = 100;
const SETTLE_MS = 300_000;
/** Until the newest counters have come with a heartbeat. */
const HEARTBEATS_MS = 1_500;
const connections = Array.from({ length: CONNECTIONS }, (_, i) => i);

interface Usage {
  cpuS: number;
  rssMb: number;
}

function usageOf(cluster: ClusterUnderTest): Map<string, Usage> {
  return new Map(
    ROLES.map((role) => {
      const pid = cluster.childPid(role);
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const cpuS = (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_S;
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const rssMb = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
      return [role, { cpuS, rssMb: Math.round(rssMb) }];
    }),
  );
}

async function counter(cluster: ClusterUnderTest, name: string): Promise<number> {
  const text = await (await fetch(cluster.url('/metrics'))).text();
  let total = 0;
  for (const [, value] of text.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'gm'))) {
    total += Number(value);
  }
  return total;
}

/** The lines of one connection: its share of the metrics, round after round, ten seconds apart. */
async function send(
  cluster: ClusterUnderTest,
  connection: number,
  startS: number,
  rounds: number,
): Promise<void> {
  const producer = await LineProducer.connect(cluster.ports.line);
  const share = METRICS / CONNECTIONS;
  for (let round = 0; round < rounds; round++) {
    for (let from = 0; from < share; from += LINES_PER_WRITE) {
      const length = Math.min(LINES_PER_WRITE, share - from);
      const points = Array.from({ length }, (_, i) => ({
        metric: `servers.dc1.host${String(from + i).padStart(5, '0')}.c${connection}.cpu.user`,
        timestamp: startS + round * 10,
        value: (from + i + round) / 8,
      }));
      await producer.send(points);
    }
  }
  await producer.end();
}

async function run(): Promise<void> {
  const skip = (): never => {
    throw new Error('the bench needs a nats-server');
  };
  const cluster = await ClusterUnderTest.start({ skip } as unknown as Mocha.Context, {
    retentions: '10s:6h',
  });
  try {
    const rounds = POINTS / METRICS;
    const startS = Math.floor(Date.now() / 10_000) * 10 - rounds * 10;
    await Promise.all(connections.map((i) => send(cluster, i, startS - 10, 1)));
    await cluster.settled(SETTLE_MS);
    await new Promise((wake) => setTimeout(wake, HEARTBEATS_MS));
    const before = usageOf(cluster);
    const committedBefore = await counter(cluster, 'carbonbus_committed_points_total');
    const updatesBefore = await counter(cluster, 'carbonbus_update_operations_total');
    const startMs = performance.now();
    await Promise.all(connections.map((i) => send(cluster, i, startS, rounds)));
    const acceptedS = (performance.now() - startMs) / 1000;
    await cluster.settled(SETTLE_MS);
    const storedS = (performance.now() - startMs) / 1000;
    const usage = usageOf(cluster);
    await new Promise((wake) => setTimeout(wake, HEARTBEATS_MS));
    const committed =
      (await counter(cluster, 'carbonbus_committed_points_total')) - committedBefore;
    const updates = (await counter(cluster, 'carbonbus_update_operations_total')) - updatesBefore;
    const millions = POINTS / 1e6;
    const cpuSPerMillionPoints = Object.fromEntries(
      ROLES.map((role) => {
        const spent = (usage.get(role)?.cpuS ?? 0) - (before.get(role)?.cpuS ?? 0);
        return [role, Number((spent / millions).toFixed(3))];
      }),
    );
    const result = {
      bench: 'e2e',
      metrics: METRICS,
      points: POINTS,
      connections: CONNECTIONS,
      replicationFactor: 2,
      pointsPerSecondAccepted: Math.round(POINTS / acceptedS),
      pointsPerSecondStored: Math.round(POINTS / storedS),
      cpuSPerMillionPoints,
      rssMbPeak: Object.fromEntries(ROLES.map((role) => [role, usage.get(role)?.rssMb])),
      pointsPerWrite: Number((committed / updates).toFixed(2)),
      committedPoints: committed,
    };
    console.log(JSON.stringify(result));
  } finally {
    await cluster.remove();
  }
}

await run();
