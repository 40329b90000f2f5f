import { Worker } from 'node:worker_threads';
import { CarbonbusError, errorText } from '../../errors.js';
import type { PooledRender } from './pooled-render.js';

const PROGRAM = new URL('render-worker.js', import.meta.url);
/** Of what dies young: an idle thread keeps it. */
const YOUNG_MIB = 16;
/** Requests of one thread whose answers are being written as fast as their clients take them, and the one that it evaluates. */
const RENDERS_MAX = 16;
/** A thread that has nothing to do for so long ends, and gives back its memory. */
const IDLE_MS = 60_000;
/** One that goes on for so long with a call for which nobody waits any more is ended. */
const ABANDONED_MS = 1_000;

/** A thread that evaluates one request at a time, and writes the answers of others meanwhile. */
export class RenderThread {
  readonly #worker: Worker;
  readonly #renders = new Set<PooledRender>();
  readonly #freed: () => void;
  readonly #ended: (isLost: boolean) => void;
  #evaluating: PooledRender | undefined;
  /** When it ends by itself, if nothing happens. */
  #end: NodeJS.Timeout | undefined;
  #isEnding = false;
  #fault: unknown;

  /**
   * @param heapMiB the most that its objects may take; with more it ends
   * @param freed called when it can evaluate another request
   * @param ended called when it is gone; `isLost` where nobody wanted it to
   */
  constructor(heapMiB: number, freed: () => void, ended: (isLost: boolean) => void) {
    this.#worker = new Worker(PROGRAM, {
      resourceLimits: { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    this.#freed = freed;
    this.#ended = ended;
    this.#worker.on('message', () => this.#evaluated());
    this.#worker.on('error', (error) => {
      this.#fault = error;
    });
    this.#worker.once('exit', () => this.#exited());
  }

  get isFree(): boolean {
    return this.#evaluating === undefined && this.#renders.size < RENDERS_MAX && !this.#isEnding;
  }

  get renders(): ReadonlySet<PooledRender> {
    return this.#renders;
  }

  /** Begins to work on a request; it has to be free. */
  begin(render: PooledRender): void {
    clearTimeout(this.#end);
    this.#renders.add(render);
    this.#evaluating = render;
    render.begin(this.#worker);
    void render.ended.then(() => this.#left(render));
  }

  /** Resolves when it is gone. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
  }

  #evaluated(): void {
    this.#evaluating = undefined;
    this.#endsWhenIdle();
    this.#freed();
  }

  #left(render: PooledRender): void {
    this.#renders.delete(render);
    this.#endsWhenIdle();
    this.#freed();
  }

  #endsWhenIdle(): void {
    clearTimeout(this.#end);
    if (this.#renders.size > 0) return;
    const idleMs = this.#evaluating === undefined ? IDLE_MS : ABANDONED_MS;
    this.#end = setTimeout(() => void this.end(), idleMs);
  }

  #exited(): void {
    const isLost = !this.#isEnding;
    this.#isEnding = true;
    clearTimeout(this.#end);
    const why = this.#fault === undefined ? 'it was stopped' : errorText(this.#fault);
    const text = `the thread that worked on the request has ended: ${why}`;
    for (const render of this.#renders)
      render.fail(new CarbonbusError('RENDER_FAILED', text, { cause: this.#fault }));
    this.#ended(isLost);
  }
}
