/**
 * The same outage for Debian's carbon-c-relay in front of two carbon-caches (packages carbon-c-relay, graphite-carbon) and for
 * us: each point goes to two backends, one of them is killed under load, is away for a while, and comes back. Then all files are
 * read, and the points counted that they lack. carbon-c-relay has its default queue first, and then a large one. Prints a
 * table, and one line of JSON.
 *
 * BENCH_METRICS (5000), each with a point a second; BENCH_OUTAGE_SECONDS (30). Where programs are missing, their rows are.
 */
import { pause } from '../test/support/steady-load.js';
import { carbonSide } from './outage/carbon-side.js';
import { ourSide } from './outage/our-side.js';
import { missingPoints, type Side } from './outage/side.js';
import { Traffic } from './outage/traffic.js';
import { outputOf, progress } from './support/bench-folder.js';
import { count } from './support/figures.js';

const METRICS = count('BENCH_METRICS', 5_000);
const OUTAGE_S = count('BENCH_OUTAGE_SECONDS', 30);
const BEFORE_S = 8;
const AFTER_S = 10;
const LARGE_QUEUE = 10_000_000;
/** What is missing is looked at so often until it stays the same, or so long. */
const LOOK_MS = 4_000;
const SETTLE_MS = 90_000;

interface Outcome {
  side: string;
  sent: number;
  missingOnKilled: number;
  missingOnOther: number;
  secondsUntilSettled: number;
}

async function suffered(side: Side): Promise<Outcome> {
  const traffic = await Traffic.to(side.port, METRICS);
  progress(`${side.name}: ${METRICS} points a second`);
  await traffic.flow(BEFORE_S);
  await side.kill();
  progress(`${side.name}: one backend is away for ${OUTAGE_S} s`);
  await traffic.flow(OUTAGE_S);
  const revived = side.revive();
  await traffic.flow(AFTER_S);
  await revived;
  await traffic.end();
  progress(`${side.name}: all is sent`);
  const endMs = Date.now();
  let missing = missingPoints(side, traffic);
  for (let isSame = false; !isSame && Date.now() - endMs < SETTLE_MS; ) {
    await pause(LOOK_MS);
    const now = missingPoints(side, traffic);
    isSame = now[0] === missing[0] && now[1] === missing[1];
    missing = now;
  }
  return {
    side: side.name,
    sent: traffic.metrics * traffic.rounds,
    missingOnKilled: missing[0],
    missingOnOther: missing[1],
    secondsUntilSettled: Math.round((Date.now() - endMs) / 1000),
  };
}

async function isThere(program: string, debianPackage: string): Promise<boolean> {
  try {
    await outputOf('which', [program], 10_000);
    return true;
  } catch {
    progress(`skipped: ${program} is missing (apt-get install ${debianPackage})`);
    return false;
  }
}

function table(outcomes: readonly Outcome[]): string {
  const rows = [
    ['', 'points sent', 'missing: backend killed', 'missing: the other one', 'settled after'],
    ...outcomes.map((one) => [
      one.side,
      ...[one.sent, one.missingOnKilled, one.missingOnOther].map((points) =>
        points.toLocaleString('en-US'),
      ),
      `${one.secondsUntilSettled} s`,
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  '))
    .join('\n');
}

/** Whose turn it is, so that Ctrl-C removes its files. */
let current: Side | undefined;
process.once('SIGINT', () => {
  void Promise.resolve(current?.remove()).then(() => process.exit(130));
});

const starts: (() => Promise<Side>)[] = [];
if (
  (await isThere('carbon-c-relay', 'carbon-c-relay')) &&
  (await isThere('carbon-cache', 'graphite-carbon'))
)
  starts.push(
    () => carbonSide('default'),
    () => carbonSide(LARGE_QUEUE),
  );
starts.push(ourSide);
const outcomes: Outcome[] = [];
for (const start of starts) {
  current = await start();
  try {
    outcomes.push(await suffered(current));
  } finally {
    await current.remove();
  }
}
progress(`\n${OUTAGE_S} s without one of two backends, ${METRICS} points a second\n`);
progress(table(outcomes));
console.log(
  JSON.stringify({ bench: 'outage', metrics: METRICS, outageSeconds: OUTAGE_S, outcomes }),
);
