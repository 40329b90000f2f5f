import { CarbonbusError } from '../../errors.js';
import type { Replies } from '../../protocols/messages.js';
import type { DrainMark } from '../../storage/drain-mark.js';
import type { Node } from './node.js';

/** Takes a node out of work at an operator's wish, and back; what was wished is remembered across restarts. */
export class NodeDrain {
  readonly #node: Node;
  readonly #mark: DrainMark;

  constructor(node: Node, mark: DrainMark) {
    this.#node = node;
    this.#mark = mark;
    if (mark.isSet) void node.leave();
  }

  /** Begins to drain, unless that was begun: whoever asks again sees how far it is. Errors: the errno code. */
  drain(): Replies['drain'] {
    this.#mark.set();
    const { state } = this.#node;
    if (state !== 'draining' && state !== 'left') void this.#node.leave();
    return this.#answer();
  }

  /** Errors: `NODE_DRAINING` while it is not done with leaving. */
  rejoin(): Replies['rejoin'] {
    const { state } = this.#node;
    if (state === 'draining') {
      throw new CarbonbusError(
        'NODE_DRAINING',
        'the node still drains; try again when it has left',
      );
    }
    this.#mark.clear();
    if (state === 'left') this.#node.rejoin();
    return this.#answer();
  }

  #answer(): Replies['drain'] {
    const { state } = this.#node;
    const queuePoints = this.#node.reports().reduce((sum, report) => sum + report.queuePoints, 0);
    return { state, queuePoints };
  }
}
