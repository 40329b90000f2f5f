import { pythonRegex } from '../config/python-regex.js';
import { type Substitution, substitution } from '../config/python-replacement.js';
import { CarbonbusError, errorCode } from '../errors.js';
import { quoted } from './bad-request.js';
import { EvaluationRefusal, refuse } from './evaluation-refusal.js';

/** Longer ones are no patterns for names, and take long to compile. */
const LENGTH_MAX = 1000;

/**
 * A regular expression of a target, in Python's syntax, to `test` names with; what it refuses, it refuses
 * for the target. Whoever uses it does so within `limited` of the call's context.
 */
export function namePattern(text: string): RegExp {
  return written(text, () => pythonRegex(text));
}

/** What Python's `re.sub` does to names; again within `limited`. */
export function nameSubstitution(text: string, replacement: string): Substitution {
  return written(text, () => substitution(pythonRegex(text, { global: true }), replacement));
}

function written<T>(text: string, compile: () => T): T {
  if (text.length > LENGTH_MAX)
    refuse(`the pattern ${quoted(text)} is longer than ${LENGTH_MAX} characters`);
  try {
    return compile();
  } catch (error) {
    if (error instanceof CarbonbusError) return refuse(error.message);
    throw error;
  }
}

/** Ends work with patterns that takes too long. */
export type LimitedWork = <T>(work: () => T) => T;

/** As `limited`, with a refusal that tells whose pattern it was. */
export function refusingLongWork(name: string, limited: LimitedWork): LimitedWork {
  return (work) => {
    try {
      return limited(work);
    } catch (error) {
      if (errorCode(error) !== 'TOOK_TOO_LONG') throw error;
      throw new EvaluationRefusal(
        `${name}: the pattern takes too long on these names: write it without repeats of what repeats`,
      );
    }
  };
}
