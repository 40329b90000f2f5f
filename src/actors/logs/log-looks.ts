/** Of a log that is still so many looks are left out after each one. */
const LOOKS_LEFT_OUT = 4;

/**
 * Whether it is time to look where a log ends. Each answer costs nats-server and us about as much as a batch of points, and where nothing
 * came since the last look, and that one found what the one before it did, there will hardly be anything new. What comes in says
 * by itself how far the log goes.
 */
export class LogLooks {
  #end: number | undefined;
  #losses = 0;
  #toLeaveOut = 0;

  /** @param losses how often the connection to the server was lost so far: another server, or one that was started anew, may have another log */
  isDue(losses: number): boolean {
    if (losses !== this.#losses) this.moved();
    this.#losses = losses;
    if (this.#toLeaveOut === 0) return true;
    this.#toLeaveOut--;
    return false;
  }

  /** A look has found that the log ends there. */
  found(end: number): void {
    this.#toLeaveOut = end === this.#end ? LOOKS_LEFT_OUT : 0;
    this.#end = end;
  }

  /** A message came, or whatever else makes the next looks worth while. */
  moved(): void {
    this.#end = undefined;
    this.#toLeaveOut = 0;
  }
}
