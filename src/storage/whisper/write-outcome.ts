/** What became of the points of a write: each is either written or dropped. */
export interface WriteOutcome {
  /** Points that are in the file now, or gave way to a later one of the same slot. */
  written: number;
  /** Points older than the file reaches. */
  droppedTooOld: number;
  /** Points with a timestamp that does not fit the file format. */
  droppedOutOfRange: number;
  created: boolean;
  /** The file was damaged; it was put aside and made anew. */
  quarantined: boolean;
}

export interface WhisperCounters {
  creates: number;
  updateOperations: number;
  committedPoints: number;
  droppedTooOld: number;
  droppedOutOfRange: number;
  quarantined: number;
  /** Operations that failed. */
  errors: number;
}

/** Nothing written yet. */
export function noCounts(): WhisperCounters {
  return {
    creates: 0,
    updateOperations: 0,
    committedPoints: 0,
    droppedTooOld: 0,
    droppedOutOfRange: 0,
    quarantined: 0,
    errors: 0,
  };
}

/** Adds what became of a write. */
export function countOutcome(counters: WhisperCounters, outcome: WriteOutcome): void {
  if (outcome.created) counters.creates++;
  if (outcome.quarantined) counters.quarantined++;
  counters.committedPoints += outcome.written;
  counters.droppedTooOld += outcome.droppedTooOld;
  counters.droppedOutOfRange += outcome.droppedOutOfRange;
}
