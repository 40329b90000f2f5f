import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { outputOf, spawned } from '../support/bench-folder.js';

const COMPILE_MS = 60_000;
const LOAD_MS = 240_000;
const POLL_MS = 100;

export const CONNECTIONS = 4;

/** Lines as they come in; timestamps rise with each round through the metrics. */
export interface Load {
  lines: number;
  metrics: number;
  startS: number;
}

/** What the sinks have, by port. */
interface Counted {
  lines: number[];
  bytes: number[];
  /** From the first byte to the last. */
  seconds: number;
}

/** The load generator and the counting sink: C, so that neither is a bottleneck. */
export class Traffic {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Compiles both with the system's compiler. */
  static async compile(folder: string): Promise<Traffic> {
    for (const name of ['loadgen', 'sink']) {
      const source = join('bench', 'relay', `${name}.c`);
      const args = ['-O3', '-Wall', '-pthread', '-o', join(folder, name), source];
      await outputOf('cc', args, COMPILE_MS);
    }
    return new Traffic(folder);
  }

  /** Sends the lines to a port; returns the seconds until all were taken. */
  async send(port: number, { lines, metrics, startS }: Load): Promise<number> {
    const args = [port, CONNECTIONS, lines, metrics, startS].map(String);
    const { seconds } = JSON.parse(await outputOf(join(this.#folder, 'loadgen'), args, LOAD_MS));
    return seconds;
  }

  async sink(ports: readonly number[]): Promise<Sink> {
    const child = spawned(join(this.#folder, 'sink'), ports.map(String), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return Sink.ready(child);
  }
}

export class Sink {
  readonly #child: ChildProcess;
  readonly #answers: Interface;

  private constructor(child: ChildProcess, answers: Interface) {
    this.#child = child;
    this.#answers = answers;
  }

  static async ready(child: ChildProcess): Promise<Sink> {
    if (child.stdout === null) throw new Error('the sink has an output');
    const answers = createInterface({ input: child.stdout });
    await once(answers, 'line');
    return new Sink(child, answers);
  }

  async count(): Promise<Counted> {
    const answer = once(this.#answers, 'line');
    this.#child.stdin?.write('\n');
    return JSON.parse((await answer)[0]);
  }

  /** Waits until there are so many lines in all, or none has come for a while. Returns how many there are. */
  async settled(lines: number, quietMs: number): Promise<number> {
    let last = -1;
    let quietSinceMs = performance.now();
    for (;;) {
      const total = (await this.count()).lines.reduce((sum, one) => sum + one, 0);
      if (total !== last) quietSinceMs = performance.now();
      last = total;
      if (total >= lines || performance.now() - quietSinceMs > quietMs) return total;
      await new Promise((wake) => setTimeout(wake, POLL_MS));
    }
  }

  end(): void {
    this.#child.stdin?.end();
  }
}
