/** Thrown when our own code broke an invariant: a bug, never bad input and never a fault of the world. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** States an invariant. A false one is a bug: it throws, and the supervisor of the actor takes over. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** Marks a switch as exhaustive: the compiler refuses a case that was forgotten. */
export function unreachable(value: never, what: string): never {
  throw new AssertionFailure(`${what}: unexpected ${JSON.stringify(value)}`);
}
