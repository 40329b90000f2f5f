/** A role of carbonbus at work in this process. */
export interface RunningRole {
  /** Finishes what was accepted, then closes everything. Bounded in time. */
  stop(): Promise<void>;
  /** Rejects when the role cannot go on and the process has to start again. */
  failed: Promise<never>;
}

/** A promise that is never settled: for roles that cannot fail as a whole. */
export const NEVER: Promise<never> = new Promise(() => undefined);

/** Resolves when `work` has, or after `limitMs`, whichever is first. Tells which. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<'done' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), limitMs);
  });
  try {
    return await Promise.race([work.then(() => 'done' as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
