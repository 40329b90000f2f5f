/**
 * The bound on the points that one node holds, in mailboxes and queues, shared by its replicas. Half of it is divided into
 * parts that each replica has for itself, so that one whose disk takes nothing cannot starve the others; the rest goes to
 * whoever needs it. Without room a replica stops pulling from its log, which keeps the points. As room is asked for before a
 * batch and not for each point, the bound is passed by one batch for each log that is read at most.
 */
export class QueueBudget {
  readonly pointsMax: number;
  points = 0;
  /** Points that each replica may have whatever the others have. */
  readonly ownMax: number;
  /** Points of replicas beyond their own parts. */
  #common = 0;
  readonly #commonMax: number;
  readonly #waiting = new Set<{ share: BudgetShare; wake: () => void }>();

  /** @param shares how many replicas there are */
  constructor(pointsMax: number, shares = 1) {
    this.pointsMax = pointsMax;
    this.ownMax = Math.floor(pointsMax / 2 / Math.max(1, shares));
    this.#commonMax = pointsMax - this.ownMax * Math.max(1, shares);
  }

  /** The part of one replica. */
  share(): BudgetShare {
    return new BudgetShare(this);
  }

  /** Whether a replica that has so many points may take more. */
  hasRoom(points: number): boolean {
    return points < this.ownMax || this.#common < this.#commonMax;
  }

  /** The points of one replica have changed. */
  moved(from: number, to: number): void {
    this.points += to - from;
    this.#common += Math.max(0, to - this.ownMax) - Math.max(0, from - this.ownMax);
    if (to >= from || this.#waiting.size === 0) return;
    for (const waiting of this.#waiting) {
      if (!this.hasRoom(waiting.share.points)) continue;
      this.#waiting.delete(waiting);
      waiting.wake();
    }
  }

  wait(share: BudgetShare): Promise<void> {
    return new Promise((wake) => this.#waiting.add({ share, wake }));
  }
}

/** What one replica has of a node's budget, from when a batch is sent to its mailbox until its points are written. */
export class BudgetShare {
  points = 0;
  readonly #budget: QueueBudget;

  constructor(budget: QueueBudget) {
    this.#budget = budget;
  }

  /**
   * Whether points are to be written without waiting for others of their metrics: the node holds more than half of what it
   * may, and this replica has a part in it.
   */
  get pressed(): boolean {
    const { points, pointsMax, ownMax } = this.#budget;
    return points * 2 > pointsMax && this.points * 4 > ownMax;
  }

  /** Whether there is room for more points. */
  get hasRoom(): boolean {
    return this.#budget.hasRoom(this.points);
  }

  /** Resolves when there is. */
  async room(): Promise<void> {
    while (!this.hasRoom) await this.#budget.wait(this);
  }

  take(points: number): void {
    this.points += points;
    this.#budget.moved(this.points - points, this.points);
  }

  release(points: number): void {
    this.take(-points);
  }

  /** Gives back everything: mailbox and queue are gone. */
  releaseAll(): void {
    this.release(this.points);
  }
}
