import { createContext, Script } from 'node:vm';
import { CarbonbusError, errorCode } from '../errors.js';
import { threadTimeMs } from './thread-time.js';

/** A world with nothing in it but the work: V8 can end what a script started, wherever it is. */
const world: { work: (() => unknown) | undefined } = { work: undefined };
const context = createContext(world);
const script = new Script('work()');

/** So often work is run that had hardly any of a processor for its time. */
const RUNS_MAX = 3;
/** Less of the time than this is hardly any: of twenty busy threads that share a processor each has more. */
const HARDLY_ANY = 1 / 20;

/**
 * Runs synchronous work, and ends it after `limitMs`. On a busy machine that time may pass while the thread waits for a processor:
 * then the work is run again, a few times at most, which must not matter to it.
 *
 * Errors: `TOOK_TOO_LONG`; those of the work pass through.
 */
export function limited<T>(work: () => T, limitMs: number): T {
  for (let runs = 1; ; runs++) {
    const beganMs = threadTimeMs();
    try {
      return within(work, limitMs);
    } catch (error) {
      if (errorCode(error) !== 'TOOK_TOO_LONG' || runs === RUNS_MAX) throw error;
      if (threadTimeMs() - beganMs >= limitMs * HARDLY_ANY) throw error;
    }
  }
}

/**
 * Runs synchronous work, and ends it after `limitMs`, which no timer could while it runs. Costs about 0.1 ms.
 *
 * Errors: `TOOK_TOO_LONG`; those of the work pass through.
 */
export function within<T>(work: () => T, limitMs: number): T {
  const outer = world.work;
  world.work = work;
  try {
    return script.runInContext(context, { timeout: Math.max(1, Math.ceil(limitMs)) }) as T;
  } catch (error) {
    if (errorCode(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new CarbonbusError('TOOK_TOO_LONG', `took longer than ${limitMs} ms`);
  } finally {
    world.work = outer;
  }
}
