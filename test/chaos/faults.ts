import type { ClusterUnderTest } from '../support/cluster.js';
import type { Link } from '../support/link.js';
import type { SmallDisk } from '../support/small-disk.js';
import { pause } from '../support/steady-load.js';
import { FAULT_KINDS, type FaultKind, type PlannedFault } from './plan.js';

/** How long a process that is to be killed or stopped may be away before. */
const AWAY_MS = 10_000;
const RETRY_MS = 50;

/** A fault as it happened. */
export interface PastFault {
  kind: FaultKind;
  target: string;
  fromMs: number;
  /** Infinite while it lasts. */
  untilMs: number;
}

/** Has faults happen to a cluster, and heals them. */
export class Faults {
  readonly past: PastFault[] = [];
  /** How often each role was ended by us. */
  readonly kills = new Map<string, number>();
  readonly #cluster: ClusterUnderTest;
  readonly #links: ReadonlyMap<string, Link>;
  readonly #disk: SmallDisk | undefined;
  readonly #print: (line: string) => void;
  readonly #healing = new Set<() => void>();
  #isStopped = false;

  constructor(
    cluster: ClusterUnderTest,
    links: ReadonlyMap<string, Link>,
    disk: SmallDisk | undefined,
    print: (line: string) => void,
  ) {
    this.#cluster = cluster;
    this.#links = links;
    this.#disk = disk;
    this.#print = print;
  }

  get counts(): Record<FaultKind, number> {
    const counts = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0]));
    for (const { kind } of this.past) counts[kind]++;
    return counts as Record<FaultKind, number>;
  }

  /** Resolves when the last fault of the plan is over, or soon after `stop`. */
  async run(plan: readonly PlannedFault[]): Promise<void> {
    const startMs = Date.now();
    const lasting = plan.map(async (fault) => {
      await this.#wait(startMs + fault.atMs);
      if (this.#isStopped) return;
      const heal = await this.#begin(fault);
      const past = { ...fault, fromMs: Date.now(), untilMs: Number.POSITIVE_INFINITY };
      this.past.push(past);
      this.#print(text(fault));
      this.#healing.add(heal);
      await this.#wait(startMs + fault.atMs + fault.forMs);
      if (!this.#healing.delete(heal)) return;
      heal();
      past.untilMs = Date.now();
      if (fault.forMs > 0) this.#print(`${fault.target}: ${fault.kind} is over`);
    });
    await Promise.all(lasting);
  }

  /** Nothing else goes wrong, and what lasts is healed at once. */
  stop(): void {
    this.#isStopped = true;
    for (const heal of this.#healing) heal();
    this.#healing.clear();
  }

  async #wait(untilMs: number): Promise<void> {
    while (!this.#isStopped && Date.now() < untilMs)
      await pause(Math.min(200, untilMs - Date.now()));
  }

  /** Resolves with what ends it. */
  async #begin({ kind, target }: PlannedFault): Promise<() => void> {
    const link = this.#links.get(target);
    switch (kind) {
      case 'kill':
        return this.#end(target, 'SIGKILL');
      case 'restart':
        return this.#end(target, 'SIGTERM');
      case 'stop':
        return this.#pause(target);
      case 'cut':
        link?.cut();
        return () => link?.heal();
      case 'drop':
        link?.drop();
        return () => undefined;
      case 'fullDisk':
        this.#disk?.fill();
        return () => this.#disk?.makeRoom();
    }
  }

  async #end(target: string, signal: NodeJS.Signals): Promise<() => void> {
    const pid = await this.#childPid(target);
    this.kills.set(target, (this.kills.get(target) ?? 0) + 1);
    process.kill(pid, signal);
    return () => undefined;
  }

  async #pause(target: string): Promise<() => void> {
    const pid = await this.#childPid(target);
    process.kill(pid, 'SIGSTOP');
    return () => {
      if (this.#isChild(target, pid)) process.kill(pid, 'SIGCONT');
    };
  }

  /** Its parent may be about to start it again. */
  async #childPid(target: string): Promise<number> {
    for (const limitMs = Date.now() + AWAY_MS; ; await pause(RETRY_MS)) {
      try {
        return this.#cluster.childPid(target);
      } catch (error) {
        if (Date.now() > limitMs) throw error;
      }
    }
  }

  /** Whoever was stopped may have been killed since. */
  #isChild(target: string, pid: number): boolean {
    try {
      return this.#cluster.childPid(target) === pid;
    } catch {
      return false;
    }
  }
}

function text({ kind, target, forMs }: PlannedFault): string {
  const what: Record<FaultKind, string> = {
    kill: 'kill -9',
    restart: 'SIGTERM, started again',
    stop: 'SIGSTOP',
    cut: 'connection cut',
    drop: 'connections reset',
    fullDisk: 'disk full',
  };
  return `${target}: ${what[kind]}${forMs > 0 ? ` for ${(forMs / 1000).toFixed(1)} s` : ''}`;
}
