/** A failure of the world (disk, network, configuration), met by a machine or shown to the operator. */
export class CarbonbusError extends Error {
  override readonly name = 'CarbonbusError';
  /** Stable, upper-case, for programs: `NATS_UNREACHABLE`, `DISK_FULL`, ... */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Several failures as one: the code of the first, and a line of text for each. */
export function severalErrors(errors: readonly CarbonbusError[]): CarbonbusError {
  const [first] = errors;
  if (errors.length === 1) return first;
  const text = errors.map((error) => error.message).join('\n');
  return new CarbonbusError(first.code, text, { cause: first });
}

/**
 * What `read` makes of each item; or, thrown as one, all failures that it threw.
 *
 * @param before failures that are there already
 */
export function allOrErrors<A, B>(
  items: Iterable<A>,
  read: (item: A) => B,
  before: readonly CarbonbusError[] = [],
): B[] {
  const errors = [...before];
  const made: B[] = [];
  for (const item of items) {
    try {
      made.push(read(item));
    } catch (error) {
      if (!(error instanceof CarbonbusError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw severalErrors(errors);
  return made;
}

/** The `code` of a Node or carbonbus error, or undefined for anything else that was thrown. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Where something was thrown, for the log: its stack, or its text where it has none, as some of NATS' client. */
export function errorTrace(error: unknown): string {
  return (error instanceof Error && error.stack) || String(error);
}

/** The text to show for anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
