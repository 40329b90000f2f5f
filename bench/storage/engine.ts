/**
 * Our engine, as a program of its own: writes to the metrics one after the other, over and over. Its argument is an
 * `EngineTask` as JSON, its output an `EngineFigures`.
 */
import { metricName, openBenchStore, STEP_S, valueAt } from '../support/bench-metrics.js';
import type { EngineFigures, EngineTask } from './engine-task.js';

/** Of the delay: from then on updates that open their file roll up with it, as in `actors/shard/checkpointer.ts`. */
const SOON = 7 / 8;

function measured(run: () => void): { seconds: number; cpuUs: number } {
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - startMs) / 1000, cpuUs: user + system };
}

function perform(task: EngineTask): EngineFigures {
  const { metrics, pointsPerWrite } = task;
  const store = openBenchStore(task.root, task.openFilesMax, task.rollUpS);
  const names = Array.from({ length: metrics }, (_, i) => metricName(i));
  const timestamps = new Float64Array(pointsPerWrite);
  const values = new Float64Array(pointsPerWrite);
  /** Of metric 0; the others' are higher by their number. To find them is no part of what is measured. */
  const firstValues = new Float64Array(pointsPerWrite);

  const writeAll = (fromS: number): void => {
    for (let n = 0; n < pointsPerWrite; n++) {
      timestamps[n] = fromS + n * STEP_S;
      firstValues[n] = valueAt(0, timestamps[n]);
    }
    const nowS = timestamps[pointsPerWrite - 1];
    for (let id = 0; id < metrics; id++) {
      for (let n = 0; n < pointsPerWrite; n++) values[n] = id + firstValues[n];
      store.write(id, () => names[id], timestamps, values, pointsPerWrite, nowS);
    }
  };
  const rollUp = (mark: number): void => {
    store.flushRollUps(mark, metrics, (id) => names[id]);
  };
  /** Marks of what was written, with the time that it reached; the first is the oldest that waits. */
  const marks: { mark: number; atS: number }[] = [];
  const markOf = (untilS: number): number | undefined =>
    marks.findLast(({ atS }) => atS <= untilS)?.mark;

  let fromS = task.fromS;
  const secondsPerWrite = pointsPerWrite * STEP_S;
  if (task.warmUp) {
    writeAll(fromS);
    rollUp(store.rollUpMark());
    fromS += secondsPerWrite;
  }
  const figures = {
    updates: metrics * task.writes,
    seconds: 0,
    cpuUs: 0,
    rollUpSeconds: 0,
    rollUpCpuUs: 0,
  };
  for (let n = 0; n < task.writes; n++, fromS += secondsPerWrite) {
    const soon = task.rollUpOnOpening ? markOf(fromS - SOON * task.rollUpS) : undefined;
    if (soon !== undefined) store.rollUpOnOpening(soon);
    const writing = measured(() => writeAll(fromS));
    figures.seconds += writing.seconds;
    figures.cpuUs += writing.cpuUs;
    const reachedS = fromS + secondsPerWrite;
    marks.push({ mark: store.rollUpMark(), atS: fromS });
    const due = markOf(reachedS - task.rollUpS);
    if (due === undefined) continue;
    const rollingUp = measured(() => rollUp(due));
    figures.rollUpSeconds += rollingUp.seconds;
    figures.rollUpCpuUs += rollingUp.cpuUs;
    while (marks[0]?.mark <= due) marks.shift();
  }
  store.close();
  return figures;
}

console.log(JSON.stringify(perform(JSON.parse(process.argv[2]))));
