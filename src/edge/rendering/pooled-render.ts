import { Readable } from 'node:stream';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { LongWorkPace } from '../../actors/query/long-work-pace.js';
import type { LongRender } from '../../actors/query/render.js';
import { isShared } from '../../actors/query/shared-rooms.js';
import { WorkTurns } from '../../actors/query/work-turns.js';
import { CarbonbusError, errorCode, errorText } from '../../errors.js';
import { packed } from '../../query/packed-series.js';
import type { RenderRequest } from '../../query/render-request.js';
import type { Series } from '../../query/series.js';
import { systemClock } from '../clock.js';
import type { Answer, WritableForm } from './answer.js';
import {
  type FromRenderThread,
  type RenderJob,
  receivedNeed,
  sentRequest,
  type ToRenderThread,
} from './render-messages.js';

/** A client that takes nothing of an answer for so long gets no more of it. */
const STALLED_MS = 60_000;

/** How long it is handed over before others have a turn. */
const TURN_MS = 1;

/** Of an answer, what may wait for the client besides what its thread has made. */
const BUFFERED_BYTES = 512 * 1024;

/** A request that reads many points, and the form in which it wants its answer. */
export interface LongRequest extends LongRender {
  readonly request: RenderRequest;
  readonly form: WritableForm;
  /** Of work for it, which goes on beside short requests. */
  readonly pace: LongWorkPace;
  /** Called when it is done and its thread looks no more at what was fetched; where it has failed, somebody may. */
  readonly takeBackPoints?: () => void;
}

/** An answer of a render thread. */
export type PooledAnswer = Answer<Readable>;

/** One request of the pool, as the main thread sees it: it waits, has a thread work on it, and ends with its answer. */
export class PooledRender {
  /** Of the points that were fetched for it. */
  readonly bytes: number;
  readonly answer: Promise<PooledAnswer>;
  /** Resolves when nothing of it is left to do, whatever became of it. */
  readonly ended: Promise<void>;
  readonly #asked: LongRequest;
  #port: MessagePort | undefined;
  #isOver = false;
  #resolve: (answer: PooledAnswer) => void = () => undefined;
  #reject: (error: CarbonbusError) => void = () => undefined;
  #resolveEnded: () => void = () => undefined;
  #parts: Readable | undefined;
  /** Parts that are made and that the client has not taken. */
  #untaken = 0;
  #stalled: NodeJS.Timeout | undefined;

  constructor(asked: LongRequest) {
    this.bytes = asked.points * Float64Array.BYTES_PER_ELEMENT;
    this.#asked = asked;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** Has a thread work on it. */
  begin(thread: Worker): void {
    const { request, form, limits, seed, fetched } = this.#asked;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: FromRenderThread) => this.#take(message));
    const job: RenderJob = {
      ...{ port: port2, form, limits, seed, fetchedTimes: fetched.length },
      request: sentRequest(request),
    };
    thread.postMessage(job, [port2]);
    void this.#supplyAll(fetched);
  }

  /** Ends it, whatever it is at. */
  fail(error: CarbonbusError): void {
    if (this.#isOver) return;
    this.#end();
    this.#reject(error);
    this.#parts?.destroy(error);
  }

  #take(message: FromRenderThread): void {
    switch (message.type) {
      case 'fetch':
        void this.#fetch(message.needs.map(receivedNeed));
        break;
      case 'whole': {
        const { contentType, body } = message;
        this.#resolve({ kind: 'whole', contentType, body });
        this.#done();
        break;
      }
      case 'drawing':
        this.#resolve({ kind: 'drawing', drawing: message.drawing });
        this.#done();
        break;
      case 'parts':
        this.#parts = this.#readable();
        this.#resolve({ kind: 'parts', contentType: message.contentType, parts: this.#parts });
        break;
      case 'part':
        this.#untaken++;
        if (this.#parts?.push(message.bytes)) this.#taken();
        else this.#stalled ??= setTimeout(() => this.#giveUp(), STALLED_MS);
        break;
      case 'end':
        this.#parts?.push(null);
        this.#done();
        break;
      case 'failed':
        this.fail(new CarbonbusError(message.code, message.message));
        break;
    }
  }

  async #fetch(needs: Parameters<LongRender['fetch']>[0]): Promise<void> {
    try {
      await this.#supply(await this.#asked.fetch(needs));
    } catch (error) {
      this.#failBy(error);
    }
  }

  async #supplyAll(fetched: LongRender['fetched']): Promise<void> {
    try {
      for (const lists of fetched) await this.#supply(lists);
    } catch (error) {
      this.#failBy(error);
    }
  }

  /** Others have their turn meanwhile: 10,000 series take some milliseconds. */
  async #supply(lists: readonly (readonly Series[])[]): Promise<void> {
    const turns = new WorkTurns(systemClock, this.#asked.pace, TURN_MS, () => this.#checkWanted());
    const series = await packed(lists, turns);
    const own = series.buffers.filter((buffer) => !isShared(buffer));
    this.#say({ type: 'fetched', series }, own);
  }

  /** @throws CarbonbusError `CLIENT_GONE` */
  #checkWanted(): void {
    if (this.#isOver) throw new CarbonbusError('CLIENT_GONE', 'nobody waits for the answer');
  }

  #failBy(cause: unknown): void {
    const code = errorCode(cause) ?? 'INTERNAL';
    this.fail(new CarbonbusError(code, errorText(cause), { cause }));
  }

  #readable(): Readable {
    return new Readable({
      highWaterMark: BUFFERED_BYTES,
      read: () => this.#taken(),
      destroy: (error, done) => {
        this.fail(new CarbonbusError('CLIENT_GONE', 'nobody waits for the answer'));
        done(error);
      },
    });
  }

  #taken(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    if (this.#untaken === 0) return;
    this.#say({ type: 'taken', parts: this.#untaken, rests: this.#asked.pace.isBeside });
    this.#untaken = 0;
  }

  #giveUp(): void {
    const why = `the client has taken nothing of its answer for ${STALLED_MS / 1_000} s`;
    this.fail(new CarbonbusError('CLIENT_GONE', why));
  }

  #say(message: ToRenderThread, buffers: readonly ArrayBuffer[] = []): void {
    this.#port?.postMessage(message, buffers);
  }

  #done(): void {
    if (this.#isOver) return;
    this.#asked.takeBackPoints?.();
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#stalled);
    this.#port?.close();
    this.#port = undefined;
    this.#resolveEnded();
  }
}
