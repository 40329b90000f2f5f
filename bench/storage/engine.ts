/**
 * Our engine, as a program of its own: writes to the metrics one after the other, over and over. Its argument is an
 * `EngineTask` as JSON, its output an `EngineFigures`.
 */
import { metricName, openBenchStore, STEP_S, valueAt } from '../support/bench-metrics.js';
import type { EngineFigures, EngineTask } from './engine-task.js';

function measured(run: () => void): { seconds: number; cpuUs: number } {
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - startMs) / 1000, cpuUs: user + system };
}

function perform(task: EngineTask): EngineFigures {
  const { metrics, pointsPerWrite } = task;
  const store = openBenchStore(task.root, task.openFilesMax);
  const names = Array.from({ length: metrics }, (_, i) => metricName(i));
  const timestamps = new Float64Array(pointsPerWrite);
  const values = new Float64Array(pointsPerWrite);

  const writeAll = (fromS: number): void => {
    for (let n = 0; n < pointsPerWrite; n++) timestamps[n] = fromS + n * STEP_S;
    const nowS = timestamps[pointsPerWrite - 1];
    for (let id = 0; id < metrics; id++) {
      for (let n = 0; n < pointsPerWrite; n++) values[n] = valueAt(id, timestamps[n]);
      store.write(id, () => names[id], timestamps, values, pointsPerWrite, nowS);
    }
  };
  const rollUpAll = (): void => {
    store.flushRollUps(store.rollUpMark(), metrics, (id) => names[id]);
  };

  let fromS = task.fromS;
  const secondsPerWrite = pointsPerWrite * STEP_S;
  if (task.warmUp) {
    writeAll(fromS);
    rollUpAll();
    fromS += secondsPerWrite;
  }
  const figures = {
    updates: metrics * task.writes,
    seconds: 0,
    cpuUs: 0,
    rollUpSeconds: 0,
    rollUpCpuUs: 0,
  };
  let rolledUpToS = fromS;
  for (let n = 0; n < task.writes; n++, fromS += secondsPerWrite) {
    const writing = measured(() => writeAll(fromS));
    figures.seconds += writing.seconds;
    figures.cpuUs += writing.cpuUs;
    const reachedS = fromS + secondsPerWrite;
    if (reachedS - rolledUpToS < task.rollUpS) continue;
    const rollingUp = measured(rollUpAll);
    figures.rollUpSeconds += rollingUp.seconds;
    figures.rollUpCpuUs += rollingUp.cpuUs;
    rolledUpToS = reachedS;
  }
  store.close();
  return figures;
}

console.log(JSON.stringify(perform(JSON.parse(process.argv[2]))));
