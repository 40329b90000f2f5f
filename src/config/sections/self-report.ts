import { duration, text } from '../kinds.js';
import { setting } from './setting.js';

/** How a process reports about itself; the same two settings in each section that has a process. */
export const SELF_REPORT = {
  carbonMetricPrefix: setting(
    'CARBON_METRIC_PREFIX',
    text('a name'),
    'carbon',
    'First part of the names under which carbonbus reports about itself.',
  ),
  carbonMetricIntervalMs: setting(
    'CARBON_METRIC_INTERVAL',
    duration({ min: 0, max: 3600 }),
    '60',
    'How often carbonbus reports about itself; 0 turns the reports off.',
  ),
} as const;
