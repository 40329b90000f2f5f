/** `npm run chaos`: a cluster under load, to which a seed has all kinds of things happen. */
import { parseArgs } from 'node:util';
import { ChaosRun } from './chaos-run.js';
import { reportText } from './report.js';

const HELP = `npm run chaos -- [--seconds 600] [--seed N] [--metrics 50000] [--help]

Starts a cluster of real processes (nats-server, a relay, four nodes at replication factor 2, an api) on free ports and in
a temporary folder, sends a point of each metric every 10 s, and has a seed choose what goes wrong: kill -9 of nodes, relay
and nats-server, SIGSTOP for up to 30 s, restarts of nats-server, cut and reset connections, a full disk (root only).
At the end all is healed, and every accepted point is looked up in the files of both replicas.

Exits with 0 when nothing is missing, with 1 when something is wrong, with 130 after Ctrl-C.
KEEP_CLUSTER=1 keeps the folder, with the log of each process.`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    metrics: { type: 'string', default: '50000' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else process.exitCode = await run();

async function run(): Promise<number> {
  const seconds = whole('seconds', values.seconds, 20);
  const metrics = whole('metrics', values.metrics, 100);
  const seed = whole('seed', values.seed, 0);
  if (seconds === undefined || metrics === undefined || seed === undefined) return 1;
  console.log(`seed ${seed}: ${metrics} metrics for ${seconds} s`);
  const chaos = await ChaosRun.start({
    seed,
    seconds,
    metrics,
    stepS: 10,
    longestFaultMs: 30_000,
    faultEveryMs: [3_000, 12_000],
    print: console.log,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      console.log('stopping, and removing the files');
      void chaos.remove().then(() => process.exit(130));
    });
  try {
    const report = await chaos.run();
    console.log(reportText(report));
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    await chaos.remove();
  }
}

function whole(name: string, text: string, least: number): number | undefined {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  console.error(`--${name} must be a whole number from ${least} on, not ${text}`);
  return undefined;
}
