/**
 * What the local cluster costs while nobody uses it: milliseconds of CPU a second (user and system) of each role's process, which its
 * parent is not part of. It still takes in its own metrics, once a minute. Prints one line of JSON.
 *
 * BENCH_WARM_UP_S (120): what runs once a second is compiled late; BENCH_SECONDS (60).
 */
import { ClusterUnderTest, NODES } from '../test/support/cluster.js';
import { progress, stoppedAfter } from './support/bench-folder.js';
import { count, rounded } from './support/figures.js';
import { cpuSecondsOf } from './support/process-cpu.js';

const WARM_UP_S = count('BENCH_WARM_UP_S', 120);
const SECONDS = count('BENCH_SECONDS', 60);
const ROLES = ['nats', 'relay1', ...NODES, 'api1'];

function passed(seconds: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, seconds * 1_000));
}

async function measured(cluster: ClusterUnderTest): Promise<Record<string, number>> {
  progress(`warming up for ${WARM_UP_S} s`);
  await passed(WARM_UP_S);
  const pids = new Map(ROLES.map((role) => [role, cluster.childPid(role)]));
  const before = new Map([...pids].map(([role, pid]) => [role, cpuSecondsOf(pid)]));
  await passed(SECONDS);
  return Object.fromEntries(
    [...pids].map(([role, pid]) => {
      const cpuS = cpuSecondsOf(pid) - (before.get(role) ?? 0);
      return [role, rounded((cpuS * 1_000) / SECONDS)];
    }),
  );
}

// As by default, where tests are in more of a hurry.
process.env.CARBONBUS_HEARTBEAT_INTERVAL = '1';
const cluster = await ClusterUnderTest.launch({ cluster: ['SHARDS = 16'] });
await stoppedAfter(
  () => cluster.remove(),
  async () => {
    const msPerSecond = await measured(cluster);
    const all = rounded(Object.values(msPerSecond).reduce((sum, ms) => sum + ms, 0));
    console.log(JSON.stringify({ bench: 'idle', seconds: SECONDS, msPerSecond, all }));
  },
);
