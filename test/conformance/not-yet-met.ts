/** Rows of the recorded vectors that we do not meet, by file and row id, each with its reason. */
export const NOT_YET_MET: Record<string, Record<string, string>> = {};
