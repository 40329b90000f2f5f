interface PullRequest {
  /** The subject that a status is sent to; messages of the log keep their own. */
  readonly inbox: string;
  readonly askedMs: number;
  messagesLeft: number;
}

/**
 * What a consumer was asked for and has not brought. The server deals messages out to its requests by turns, and a message does not
 * say which one it counts for. So only the sum over all of them is known, and with each request that ends early the server has to
 * say how many it had left: requests that are over at the server, and not for us, would have the reader wait for messages that nobody sends.
 */
export class PullRequests {
  readonly #requests: PullRequest[] = [];

  get count(): number {
    return this.#requests.length;
  }

  /** Of all requests. */
  get messagesLeft(): number {
    return this.#requests.reduce((sum, request) => sum + request.messagesLeft, 0);
  }

  asked(inbox: string, messages: number, nowMs: number): void {
    this.#requests.push({ inbox, askedMs: nowMs, messagesLeft: messages });
  }

  /** A message came. The server says nothing when a request has all of its messages. */
  delivered(): void {
    this.#deduct(1);
  }

  /** A request is over, and had so many messages left; undefined where the server does not say. */
  ended(inbox: string, messagesLeft: number | undefined): void {
    const place = this.#requests.findIndex((request) => request.inbox === inbox);
    const [request] = place < 0 ? [] : this.#requests.splice(place, 1);
    if (messagesLeft === undefined) return;
    const more = messagesLeft - (request?.messagesLeft ?? 0);
    if (more >= 0) this.#deduct(more);
    else if (request !== undefined) this.#stillOwed(-more, request);
  }

  /** Forgets what was asked for earlier: at the server it is over by now. */
  forgetBefore(askedMs: number): void {
    while (this.#requests.length > 0 && this.#requests[0].askedMs < askedMs) this.#requests.shift();
  }

  clear(): void {
    this.#requests.length = 0;
  }

  #deduct(messages: number): void {
    let left = messages;
    for (
      let first = this.#requests[0];
      first !== undefined && left !== 0;
      [first] = this.#requests
    ) {
      const taken = Math.min(left, first.messagesLeft);
      first.messagesLeft -= taken;
      left -= taken;
      if (first.messagesLeft === 0) this.#requests.shift();
    }
  }

  /** Messages that count for another request than `ended`: one that is here, or one that seemed to have all of its own. */
  #stillOwed(messages: number, ended: PullRequest): void {
    const [first] = this.#requests;
    if (first === undefined) this.#requests.push({ ...ended, messagesLeft: messages });
    else first.messagesLeft += messages;
  }
}
