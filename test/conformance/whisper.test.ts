import { conformance } from '../support/conformance.js';
import { type WhisperRow, WhisperScript } from '../support/whisper-script.js';

// Once by file, with nothing remembered between two operations, and once by the store that a shard writes with, which
// remembers all it can.
conformance<WhisperRow>('whisper/cases.jsonl', (row) => WhisperScript.run(row, 'files'));
conformance<WhisperRow>('whisper/cases.jsonl', (row) => WhisperScript.run(row, 'store'));
