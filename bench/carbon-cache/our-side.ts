import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processOptions } from '../../src/cli/process-options.js';
import { spawned } from '../support/bench-folder.js';
import { metricName, valueAt } from '../support/bench-metrics.js';
import { sealedBatch } from '../support/sealed-batch.js';
import type { ReplicaProgress, ReplicaTask } from './replica.js';

const REPLICA = fileURLToPath(new URL('replica.js', import.meta.url));

/** Our queue and writer in a process of their own, fed with batches as a relay makes them. */
export class OurSide {
  readonly root: string;
  readonly pid: number;
  /** Since the start. */
  updates = 0;
  /** How long each sync of the file system took, since the start. */
  syncsMs: readonly number[] = [];
  readonly #child: ChildProcess;
  #sent = 0;

  constructor(task: ReplicaTask) {
    this.root = join(task.folder, 'whisper');
    const { v8, environment } = processOptions('node');
    const args = [...v8, REPLICA, JSON.stringify(task)];
    this.#child = spawned(process.execPath, args, {
      stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
      env: { ...environment, ...process.env },
    });
    this.pid = this.#child.pid as number;
  }

  /** A batch of the points of metrics `[from, to)` at a time, behind its length. */
  payload(from: number, to: number, timestamp: number): Buffer {
    const length = to - from;
    const names = Array.from({ length }, (_, n) => metricName(from + n)).join('\n');
    const timestamps = new Float64Array(length).fill(timestamp);
    const values = Float64Array.from({ length }, (_, n) => valueAt(from + n, timestamp));
    const batch = sealedBatch(Buffer.from(names), timestamps, values);
    const framed = Buffer.alloc(4 + batch.length);
    framed.writeUInt32LE(batch.length, 0);
    framed.set(batch, 4);
    return framed;
  }

  async send(payload: Buffer): Promise<void> {
    this.#sent++;
    const { stdin } = this.#child;
    if (!stdin?.write(payload)) await once(stdin as NonNullable<typeof stdin>, 'drain');
  }

  /** Files and checkpoint have come as far as what was sent. */
  async settled(): Promise<void> {
    this.#child.send({ sequence: this.#sent });
    const [progress] = await this.#answer();
    this.updates = progress.updateOperations;
    this.syncsMs = progress.syncsMs;
  }

  /** The next message, listened for no longer than it takes. */
  async #answer(): Promise<[ReplicaProgress]> {
    const listening = new AbortController();
    const { signal } = listening;
    const said = once(this.#child, 'message', { signal }) as Promise<[ReplicaProgress]>;
    const died = once(this.#child, 'exit', { signal }).then(() => {
      throw new Error('our side has ended');
    });
    try {
      return await Promise.race([said, died]);
    } finally {
      listening.abort();
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
