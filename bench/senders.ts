/**
 * Many senders that say little at a time, one line a packet: our relay, into the shard logs, beside Debian's
 * carbon-c-relay, into a listener that counts. Both get the same load, one after the other, in BENCH_ROUNDS rounds.
 * Prints one JSON line: CPU seconds of the relay for a million lines, in the best of the rounds, and what was lost.
 * nats-server, which writes our logs, is another process, and is not counted.
 *
 * BENCH_IDLE (1000) connections that say nothing, BENCH_CHATTERING (64), BENCH_RATE (100000) lines a second in all,
 * BENCH_SECONDS (8), BENCH_ROUNDS (3).
 */
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { eventually } from '../test/support/cluster.js';
import { type RelayUnderBench, startCarbonbus, startCarbonCRelay } from './senders/relays.js';
import { progress, spawned, withBenchFolder } from './support/bench-folder.js';
import { count, rounded } from './support/figures.js';
import { cpuSecondsOf } from './support/process-cpu.js';

const IDLE = count('BENCH_IDLE', 1_000, 0);
const CHATTERING = count('BENCH_CHATTERING', 64);
const RATE = count('BENCH_RATE', 100_000);
const SECONDS = count('BENCH_SECONDS', 8);
const ROUNDS = count('BENCH_ROUNDS', 3);
const AGENTS = resolve(import.meta.dirname, 'senders/agents.js');
/** Load that is not counted, so that what a process does once is not either. */
const WARM_UP_S = 3;
const DELIVERY_MS = 60_000;

interface Round {
  cpuSPerMillionLines: number;
  linesPerSecond: number;
  lost: number;
}

async function load(relay: RelayUnderBench, seconds: number): Promise<Round> {
  const deliveredBefore = relay.delivered();
  const args = [relay.port, IDLE, CHATTERING, RATE, seconds].map(String);
  const agents = spawned(process.execPath, [AGENTS, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  agents.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await eventually(DELIVERY_MS, 'the agents to connect', () => said.includes('ready'));
  const cpuBefore = cpuSecondsOf(relay.pid);
  agents.stdin?.write('go\n');
  await once(agents, 'close');
  const { sent, tookS } = JSON.parse(said.slice(said.indexOf('{'))) as {
    sent: number;
    tookS: number;
  };
  await eventually(
    DELIVERY_MS,
    'all lines',
    () => relay.delivered() - deliveredBefore >= sent,
  ).catch(() => {
    progress(`${relay.name} has delivered ${relay.delivered()} of ${sent}`);
  });
  const cpuS = cpuSecondsOf(relay.pid) - cpuBefore;
  return {
    cpuSPerMillionLines: cpuS / (sent / 1e6),
    linesPerSecond: sent / tookS,
    lost: sent - (relay.delivered() - deliveredBefore),
  };
}

await withBenchFolder(async (folder) => {
  const rounds = new Map<string, Round[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const start of [startCarbonCRelay, startCarbonbus]) {
      const relay = await start(mkdtempSync(join(folder, 'relay-')));
      await load(relay, WARM_UP_S);
      const one = await load(relay, SECONDS);
      await relay.stop();
      progress(`${relay.name}: ${JSON.stringify(one)}`);
      rounds.set(relay.name, [...(rounds.get(relay.name) ?? []), one]);
    }
  }
  const figures = [...rounds].map(([name, all]) => [
    name,
    {
      cpuSPerMillionLines: rounded(Math.min(...all.map((one) => one.cpuSPerMillionLines))),
      linesPerSecond: rounded(Math.max(...all.map((one) => one.linesPerSecond))),
      lost: Math.max(...all.map((one) => one.lost)),
    },
  ]);
  console.log(
    JSON.stringify({
      bench: 'senders',
      idle: IDLE,
      chattering: CHATTERING,
      ...Object.fromEntries(figures),
    }),
  );
});
