/** What our engine is told to do in a process of its own; `engine.ts` does it. */
export interface EngineTask {
  root: string;
  metrics: number;
  openFilesMax: number;
  /** Time of the first point. */
  fromS: number;
  /** Writes to each metric that are measured. */
  writes: number;
  pointsPerWrite: number;
  /** One write to each metric before, which is not measured: it opens the files. */
  warmUp: boolean;
  /** Roll-ups are made when points have waited for them for so many seconds of the files' time. */
  rollUpS: number;
  /** Shortly before, updates that open their file roll up with it, as in a node. */
  rollUpOnOpening: boolean;
}

/** What it took: the updates, and the roll-ups that were made apart from them. */
export interface EngineFigures {
  updates: number;
  seconds: number;
  cpuUs: number;
  rollUpSeconds: number;
  rollUpCpuUs: number;
}

/** What some updates, or files made, took. */
export type Figures = Pick<EngineFigures, 'updates' | 'seconds' | 'cpuUs'>;

export function withRollUps(figures: EngineFigures): Figures {
  return {
    updates: figures.updates,
    seconds: figures.seconds + figures.rollUpSeconds,
    cpuUs: figures.cpuUs + figures.rollUpCpuUs,
  };
}
