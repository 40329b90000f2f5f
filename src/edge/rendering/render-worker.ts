import { MessageChannel, type MessagePort, parentPort } from 'node:worker_threads';
import { sleep } from '../../actors/ports/clock.js';
import { evaluationOptions, TURN_MS } from '../../actors/query/evaluation-options.js';
import { LongWorkPace } from '../../actors/query/long-work-pace.js';
import { isShared } from '../../actors/query/shared-rooms.js';
import { WorkTurns } from '../../actors/query/work-turns.js';
import { assert } from '../../assert.js';
import { CarbonbusError, errorCode, errorText } from '../../errors.js';
import { BadRequest, badRequest } from '../../query/bad-request.js';
import { evaluateTargets } from '../../query/evaluate.js';
import { unpackSeries } from '../../query/packed-series.js';
import { systemClock } from '../clock.js';
import { lowerThreadPriority } from '../thread-priority.js';
import { threadTimeMs } from '../thread-time.js';
import { type Answer, answerOf } from './answer.js';
import {
  EVALUATED,
  type FromRenderThread,
  PARTS_AHEAD,
  type RenderJob,
  receivedRequest,
  sentNeed,
  type ToRenderThread,
} from './render-messages.js';

/*
 * A render thread: evaluates requests that read many points, and writes their answers.
 */

/** Short requests, which the main thread answers, go first. */
const NICER = 10;
/** Between two parts of an answer it rests for as long as a processor was at one, but for no longer than this. */
const REST_MS_MAX = 50;
/** Of evaluations: nobody asks short questions in this thread. */
const PACE = new LongWorkPace(systemClock);

/** What the main thread says of one request, in order. */
class Inbox {
  readonly #said: ToRenderThread[] = [];
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(port: MessagePort) {
    port.on('message', (message: ToRenderThread) => {
      this.#said.push(message);
      this.#wake();
    });
    port.once('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  /** Whether something was said that nobody has looked at. */
  get hasMore(): boolean {
    return this.#said.length > 0;
  }

  /** @throws CarbonbusError `CLIENT_GONE` */
  checkWanted(): void {
    if (this.#isClosed) throw new CarbonbusError('CLIENT_GONE', 'nobody waits for the answer');
  }

  /** @throws CarbonbusError `CLIENT_GONE` */
  async next<T extends ToRenderThread['type']>(
    type: T,
  ): Promise<Extract<ToRenderThread, { type: T }>> {
    while (this.#said.length === 0) {
      this.checkWanted();
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    const message = this.#said.shift()!;
    assert(message.type === type, `the main thread says ${type}, not ${message.type}`);
    return message as Extract<ToRenderThread, { type: T }>;
  }
}

async function work(job: RenderJob): Promise<void> {
  const inbox = new Inbox(job.port);
  const columns: ArrayBuffer[] = [];
  try {
    const answer = await evaluated(job, inbox, columns).finally(() =>
      parentPort?.postMessage(EVALUATED),
    );
    await send(answer, job.port, inbox);
  } catch (error) {
    const code = errorCode(error) ?? 'INTERNAL';
    say(job.port, { type: 'failed', code, message: errorText(error) });
  } finally {
    free(columns);
  }
}

/** Gives memory back at once, which a thread with nothing to do would keep: what nobody can receive is dropped. */
function free(buffers: readonly ArrayBuffer[]): void {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.postMessage(undefined, buffers);
  port1.close();
}

/**
 * The points that were fetched before are supplied in the same order again, so that all comes as it would have.
 *
 * @param columns takes what holds them and is of this thread alone
 */
async function evaluated(job: RenderJob, inbox: Inbox, columns: ArrayBuffer[]): Promise<Answer> {
  const request = receivedRequest(job.request);
  const turns = new WorkTurns(systemClock, PACE, TURN_MS, () => inbox.checkWanted());
  const options = evaluationOptions(request, job.limits, job.seed, systemClock, turns);
  let times = 0;
  const series = await evaluateTargets(request.targets, options, async (needs) => {
    if (++times > job.fetchedTimes) {
      say(job.port, { type: 'fetch', needs: needs.map(sentNeed) });
    }
    const { series: packed } = await inbox.next('fetched');
    for (const buffer of packed.buffers) if (!isShared(buffer)) columns.push(buffer);
    turns.begin();
    return unpackSeries(packed);
  });
  if (series instanceof BadRequest) throw badRequest(series);
  return answerOf(job.form, series, request);
}

async function send(answer: Answer, port: MessagePort, inbox: Inbox): Promise<void> {
  if (answer.kind === 'whole') return say(port, { type: 'whole', ...answer }, answer.body);
  if (answer.kind === 'drawing') return say(port, { type: 'drawing', drawing: answer.drawing });
  say(port, { type: 'parts', contentType: answer.contentType });
  let ahead = 0;
  let rests = false;
  let beganMs = threadTimeMs();
  for (const bytes of answer.parts) {
    if (rests) await sleep(systemClock, Math.min(REST_MS_MAX, threadTimeMs() - beganMs));
    while (ahead >= PARTS_AHEAD || inbox.hasMore) {
      const taken = await inbox.next('taken');
      ahead -= taken.parts;
      rests = taken.rests;
    }
    say(port, { type: 'part', bytes }, bytes);
    ahead++;
    beganMs = threadTimeMs();
  }
  say(port, { type: 'end' });
}

/** @param bytes those of the message that need not be copied, as nobody here looks at them again */
function say(port: MessagePort, message: FromRenderThread, bytes?: Uint8Array): void {
  // Node's pool, which short ones are parts of, stays.
  const isOwn = bytes !== undefined && bytes.buffer.byteLength > Buffer.poolSize;
  port.postMessage(message, isOwn ? [bytes.buffer as ArrayBuffer] : []);
}

lowerThreadPriority(NICER);
parentPort?.on('message', (job: RenderJob) => void work(job));
