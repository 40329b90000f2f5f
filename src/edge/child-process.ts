import { spawn } from 'node:child_process';
import type { ChildProcessPort, RunningChild } from '../actors/supervision/process-supervisor.js';
import { errorCode, errorText } from '../errors.js';

/** Children of this process. Their output goes where ours goes. */
export const childProcesses: ChildProcessPort = {
  spawn: ({ file, args, environment, ipc, detached }): RunningChild => {
    const child = spawn(file, [...args], {
      detached,
      env: { ...environment, ...process.env },
      stdio: ipc ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'inherit', 'inherit'],
    });
    return {
      pid: child.pid,
      onSpawned: (listener) => child.once('spawn', listener),
      onExit: (listener) => {
        child.once('exit', (code, signal) => listener({ code, signal }));
        child.on('error', (error) => {
          // Node also tells here that a signal or a message found no child; then `exit` has the say.
          if (child.pid === undefined)
            listener({ code: null, signal: null, failure: errorText(error) });
        });
      },
      send: (message) => {
        // The callback takes the error of a channel that has just closed; `exit` follows.
        if (child.connected) child.send(message, () => {});
      },
      kill: (signal) => child.kill(signal),
    };
  },
};

/** Calls `stop` on every request of the system or the operator to end this process. */
export function onStopSignal(stop: (signal: string) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

/** Resolves at the first request to end this process; after another one it is ended at once, by the system. */
export function firstStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve());
  });
}

/** Calls `reload` on every SIGHUP, which then no longer ends this process. */
export function onReloadSignal(reload: () => void): void {
  process.on('SIGHUP', reload);
}

/** Of a reader that has gone, and of files that take no more. */
const LOST_LINES = new Set(['EPIPE', 'ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS']);

/**
 * Lets this process outlive whoever reads its output, and the disk that takes it: a foreman that was killed and a log that
 * is full must not take unflushed points with them, only log lines.
 */
export function surviveLostOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!LOST_LINES.has(errorCode(error) ?? '')) throw error;
    });
  }
}
