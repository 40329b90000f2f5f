import type { Piscina } from 'piscina';
import { CarbonbusError, errorText } from '../../errors.js';
import type { Drawing } from './drawing.js';

const WORKERS_MAX = 2;
/** Drawings that may wait for a worker. */
const QUEUE_MAX = 64;
const DRAWING_MS_MAX = 20_000;
/** A worker that has nothing to draw for so long ends, and gives back its memory. */
const IDLE_MS = 60_000;

/** Draws in threads of its own: a drawing takes tens of milliseconds, and nobody else shall wait for it. */
export class DrawingPool {
  readonly #program: URL;
  #workers: Promise<Piscina> | undefined;
  /** Of workers that could not go on. */
  #fault: unknown;

  /** @param program what a worker runs */
  constructor(program = new URL('draw.js', import.meta.url)) {
    this.#program = program;
  }

  /**
   * The bytes of a drawing.
   *
   * @param wanted aborted when nobody waits for it any more
   * @throws CarbonbusError `DRAWING_BUSY`, `DRAWING_FAILED`, `CLIENT_GONE`
   */
  async draw(drawing: Drawing, wanted: AbortSignal): Promise<Uint8Array> {
    const workers = await (this.#workers ??= this.#start());
    if (workers.queueSize >= QUEUE_MAX) {
      throw new CarbonbusError('DRAWING_BUSY', `${QUEUE_MAX} drawings wait: try again later`);
    }
    try {
      const signal = AbortSignal.any([wanted, AbortSignal.timeout(DRAWING_MS_MAX)]);
      return (await workers.run(drawing, { signal })) as Uint8Array;
    } catch (cause) {
      if (wanted.aborted) throw new CarbonbusError('CLIENT_GONE', 'nobody waits for the drawing');
      const why = this.#fault ?? cause;
      throw new CarbonbusError('DRAWING_FAILED', `no drawing: ${errorText(why)}`, { cause: why });
    }
  }

  async close(): Promise<void> {
    await (await this.#workers)?.destroy();
  }

  /** With the first drawing: most never need the pool, nor its memory. */
  async #start(): Promise<Piscina> {
    const workers = await startWorkers(this.#program.href);
    this.#fault = undefined;
    // One that ends without a drawing in hand: it did not even start. Whoever asks next has others.
    workers.on('error', (error) => {
      this.#fault = error;
      this.#workers = undefined;
      void workers.destroy();
    });
    return workers;
  }
}

async function startWorkers(filename: string): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename,
    minThreads: 0,
    maxThreads: WORKERS_MAX,
    maxQueue: QUEUE_MAX,
    idleTimeout: IDLE_MS,
  });
}
