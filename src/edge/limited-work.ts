import { createContext, Script } from 'node:vm';
import { CarbonbusError, errorCode } from '../errors.js';
import { threadTimeMs } from './thread-time.js';

/** A world with nothing in it but the work: V8 can end what a script started, wherever it is. */
const world: { work: (() => unknown) | undefined } = { work: undefined };
const context = createContext(world);
const script = new Script('work()');

/** So many times the limit may pass until work has had it of a processor. */
const BUSY_TIMES_MAX = 16;

/**
 * Runs synchronous work that a processor shall not be at for longer than about `limitMs`. On a busy machine the time passes while
 * the thread waits for one: then the work is run again, with twice the time, which must not matter to it.
 *
 * Errors: `TOOK_TOO_LONG`; those of the work pass through.
 */
export function limited<T>(work: () => T, limitMs: number): T {
  for (let passesMs = limitMs; ; passesMs *= 2) {
    const beganMs = threadTimeMs();
    try {
      return within(work, passesMs);
    } catch (error) {
      if (errorCode(error) !== 'TOOK_TOO_LONG') throw error;
      const wasAtWorkMs = threadTimeMs() - beganMs;
      if (wasAtWorkMs >= limitMs / 2 || passesMs >= limitMs * BUSY_TIMES_MAX) throw error;
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
