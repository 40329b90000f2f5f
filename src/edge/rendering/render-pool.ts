import { availableParallelism } from 'node:os';
import { CarbonbusError } from '../../errors.js';
import { type LongRequest, type PooledAnswer, PooledRender } from './pooled-render.js';
import { RenderThread } from './render-thread.js';

/** A request that reads so many points takes longer than others shall wait for it. */
const LONG_POINTS = 100_000;
/** Two, so that one long request does not have to wait for another; all but one of many cores. */
const THREADS_MIN = 2;
const THREADS_MAX = 8;
/** Some 2 KB a series; their points lie outside of it. */
const HEAP_MIB = 1_024;
/** Requests that may wait for a thread. */
const WAITING_MAX = 64;
/** Requests hold so many times the bytes of points that one of them may. */
const REQUESTS_HELD = 2;

export interface RenderPoolOptions {
  /** Bytes of points that one request may hold. */
  readonly renderMaxBytes: number;
  readonly longPoints?: number;
  readonly threads?: number;
  readonly waitingMax?: number;
  /** The most that the objects of one thread may take, besides points. */
  readonly heapMiB?: number;
}

/**
 * Evaluates requests that read many points in threads of their own, and writes their answers there: while the functions of
 * one work on 10,000 series, requests for a few are answered.
 */
export class RenderPool {
  /** Requests that read so many points are for the pool. */
  readonly longPoints: number;
  readonly counters = { longRenders: 0, longRendersRefused: 0, renderThreadsLost: 0 };
  readonly #threadsMax: number;
  readonly #waitingMax: number;
  readonly #bytesMax: number;
  readonly #heapMiB: number;
  readonly #idle: () => void;
  readonly #threads = new Set<RenderThread>();
  readonly #waiting = new Set<PooledRender>();

  /** @param idle called when the last thread has ended, which is when it has had nothing to do for a while */
  constructor(options: RenderPoolOptions, idle: () => void = () => undefined) {
    const { renderMaxBytes, longPoints, threads, waitingMax, heapMiB } = options;
    const cores = availableParallelism() - 1;
    this.#idle = idle;
    this.longPoints = longPoints ?? LONG_POINTS;
    this.#threadsMax = threads ?? Math.min(THREADS_MAX, Math.max(THREADS_MIN, cores));
    this.#waitingMax = waitingMax ?? WAITING_MAX;
    this.#heapMiB = heapMiB ?? HEAP_MIB;
    this.#bytesMax = REQUESTS_HELD * renderMaxBytes;
  }

  get gauges(): { longRendersRunning: number; longRendersWaiting: number } {
    const running = [...this.#threads].reduce((sum, { renders }) => sum + renders.size, 0);
    return { longRendersRunning: running, longRendersWaiting: this.#waiting.size };
  }

  /**
   * The answer to a request, whose points the caller must not look at again.
   *
   * @param wanted aborted when nobody waits for it any more
   * @throws CarbonbusError `RENDER_BUSY`, `RENDER_FAILED`, `CLIENT_GONE`, and what evaluation and fetches throw elsewhere
   */
  async answer(asked: LongRequest, wanted: AbortSignal): Promise<PooledAnswer> {
    const render = new PooledRender(asked);
    this.#checkRoom(render);
    this.counters.longRenders++;
    this.#waiting.add(render);
    const abandon = () =>
      render.fail(new CarbonbusError('CLIENT_GONE', 'nobody waits for the answer'));
    wanted.addEventListener('abort', abandon, { once: true });
    void render.ended.then(() => {
      wanted.removeEventListener('abort', abandon);
      this.#waiting.delete(render);
    });
    if (wanted.aborted) abandon();
    else this.#beginSome();
    return render.answer;
  }

  async close(): Promise<void> {
    const stopping = new CarbonbusError('RENDER_FAILED', 'the server is stopping');
    for (const render of this.#waiting) render.fail(stopping);
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  #checkRoom({ bytes }: PooledRender): void {
    const running = [...this.#threads].flatMap(({ renders }) => [...renders]);
    const all = [...this.#waiting, ...running];
    const held = all.reduce((sum, render) => sum + render.bytes, 0);
    const isFull = this.#waiting.size >= this.#waitingMax || held + bytes > this.#bytesMax;
    if (!isFull || all.length === 0) return;
    this.counters.longRendersRefused++;
    const text =
      `${all.length} other long requests are under way, with ${held} bytes of points (at most twice RENDER_MAX_BYTES): ` +
      'ask again later, for fewer series, or for a shorter time';
    throw new CarbonbusError('RENDER_BUSY', text);
  }

  #beginSome(): void {
    for (const render of this.#waiting) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      this.#waiting.delete(render);
      thread.begin(render);
    }
  }

  /** The one that has least to do. With the first request there is none: most never need the pool, nor its memory. */
  #freeThread(): RenderThread | undefined {
    const free = [...this.#threads].filter(({ isFree }) => isFree);
    const idlest = free.sort((a, b) => a.renders.size - b.renders.size)[0];
    if (idlest !== undefined || this.#threads.size >= this.#threadsMax) return idlest;
    const thread: RenderThread = new RenderThread(
      this.#heapMiB,
      () => this.#beginSome(),
      (isLost) => {
        if (isLost) this.counters.renderThreadsLost++;
        this.#threads.delete(thread);
        if (this.#threads.size === 0) this.#idle();
        this.#beginSome();
      },
    );
    this.#threads.add(thread);
    return thread;
  }
}
