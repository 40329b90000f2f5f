import { CarbonbusError } from '../errors.js';

/** What was wrong with a request, for the one who sent it: a value, answered with status 400. */
export class BadRequest {
  /** The parameter to blame: `from`, `target`, ... */
  readonly parameter: string;
  readonly reason: string;

  constructor(parameter: string, reason: string) {
    this.parameter = parameter;
    this.reason = reason;
  }

  get message(): string {
    return `${this.parameter}: ${this.reason}`;
  }
}

/** A refused request as an error, for the HTTP edge to answer with status 400. */
export function badRequest(refused: BadRequest): CarbonbusError {
  return new CarbonbusError('BAD_REQUEST', refused.message);
}

/** A user's text as a message shows it, cut where it goes on for long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
