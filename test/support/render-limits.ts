import type { RenderLimits } from '../../src/actors/query/evaluation-options.js';

/** Limits that no ordinary request of a test comes near. */
export const RENDER_LIMITS: RenderLimits = {
  renderMaxSeries: 10_000,
  renderMaxPoints: 20_000_000,
  renderMaxBytes: 512 * 2 ** 20,
  renderMaxCalls: 10_000,
  renderTimeoutMs: 120_000,
  enforceInputValidation: false,
};
