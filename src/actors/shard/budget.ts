/**
 * The bound on queued points of one node, shared by its replicas. At the limit they stop pulling from
 * their logs, which keep the points; above half of it writers no longer wait for more points of a metric.
 */
export class QueueBudget {
  readonly pointsMax: number;
  points = 0;
  readonly #waiting: Array<() => void> = [];

  constructor(pointsMax: number) {
    this.pointsMax = pointsMax;
  }

  get pressed(): boolean {
    return this.points * 2 > this.pointsMax;
  }

  /** Resolves when there is room for more points. */
  async room(): Promise<void> {
    while (this.points >= this.pointsMax) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  add(points: number): void {
    this.points += points;
  }

  release(points: number): void {
    this.points -= points;
    if (this.points < this.pointsMax) for (const wake of this.#waiting.splice(0)) wake();
  }
}
