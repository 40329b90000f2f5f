import { expect } from 'chai';
import { metricPath } from '../../src/storage/metric-path.js';
import { conformance } from '../support/conformance.js';

interface PathRow {
  metric: string;
  hash: { normalized: string };
  plain: { normalized: string };
}

conformance<PathRow>('path/whisper_paths.jsonl', ({ metric, hash, plain }) => {
  expect(`<root>/${metricPath(metric, true)}`).to.equal(hash.normalized);
  expect(`<root>/${metricPath(metric, false)}`).to.equal(plain.normalized);
});
