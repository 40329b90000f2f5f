/**
 * What a supervised role and its parent must agree on.
 *
 * The parent sends `{ type: 'stop' }` over the IPC channel; the child then finishes its work and exits with 0.
 * A channel that closes (`process.on('disconnect')`) means that the parent is gone: the child stops as well.
 * SIGTERM means the same as `stop`; SIGINT is for the parent alone, since a terminal sends it to both.
 */
export interface StopMessage {
  readonly type: 'stop';
}

export type ParentMessage = StopMessage;

export const STOP: StopMessage = { type: 'stop' };

/**
 * The exit code of a child that cannot work as it is configured (sysexits.h: EX_CONFIG). It has said why in
 * one line; to start it again would say it again.
 */
export const EXIT_CONFIGURATION = 78;

/** True for a message from the parent that asks the child to stop. */
export function isStopMessage(message: unknown): message is StopMessage {
  return (message as Partial<StopMessage> | null | undefined)?.type === 'stop';
}
