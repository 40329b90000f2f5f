import { BadRequest } from './bad-request.js';

/**
 * Bad input that a function met, on its way out of the nested calls. The evaluator makes it the value that
 * it is (`BadRequest`) before anybody else sees it.
 */
export class EvaluationRefusal extends Error {
  readonly refused: BadRequest;

  constructor(reason: string) {
    super(reason);
    this.refused = new BadRequest('target', reason);
  }
}

/** Refuses the target, with a sentence for the one who wrote it. */
export function refuse(reason: string): never {
  throw new EvaluationRefusal(reason);
}
