/** What is known of gaps by what they say, and what two of them have in common. */

import type { Gap } from './repair-messages.js';

/** Into so many pieces a gap is cut; one that would be more stays whole. */
const PIECES_MAX = 16;

/** How many messages of logs are missing in gaps; those that several of them name count once. */
export function messagesOf(gaps: readonly Gap[]): number {
  const ranges = gaps
    .filter((gap) => gap.metric === '' && namesMessages(gap))
    .sort((a, b) => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0) || order(a, b));
  let messages = 0;
  let [stream, end] = ['', 0];
  for (const gap of ranges) {
    const from = gap.stream === stream ? Math.max(gap.fromSequence, end + 1) : gap.fromSequence;
    messages += Math.max(0, gap.toSequence - from + 1);
    end = gap.stream === stream ? Math.max(end, gap.toSequence) : gap.toSequence;
    stream = gap.stream;
  }
  return messages;
}

/**
 * What is left of a replica's gap after its files were compared with those of peers: what all of them lack as well.
 *
 * @param lacking the gaps of each peer
 */
export function leftOf(gap: Gap, lacking: readonly (readonly Gap[])[]): Gap[] {
  let left = [gap];
  for (const theirs of lacking) {
    const both = left.flatMap((piece) => theirs.flatMap((their) => overlapOf(piece, their) ?? []));
    left = both.filter(
      (one, i) => !both.some((other, j) => i !== j && supersedes(other, j, one, i)),
    );
    if (left.length > PIECES_MAX) return [gap];
  }
  return left;
}

/** Whether one of the pieces says all that another one says; of two that say the same it is the first one. */
function supersedes(a: Gap, i: number, b: Gap, j: number): boolean {
  return covers(a, b) && (i < j || !covers(b, a));
}

/** What two gaps of one shard have in common, as a part of the first; undefined for nothing. */
export function overlapOf(gap: Gap, other: Gap): Gap | undefined {
  if (gap.metric !== '' && other.metric !== '' && gap.metric !== other.metric) return undefined;
  const fromS = Math.max(gap.fromS, other.fromS);
  const untilS = Math.min(gap.untilS, other.untilS);
  if (fromS >= untilS) return undefined;
  const both: Gap = { ...gap, metric: gap.metric || other.metric, fromS, untilS };
  // Times are about right, sequences are exact: where they are known they decide.
  if (gap.stream === other.stream && namesMessages(gap) && namesMessages(other)) {
    const kind = isOfMessages(other) ? other.kind : gap.kind;
    const fromSequence = Math.max(gap.fromSequence, other.fromSequence);
    const toSequence = Math.min(gap.toSequence, other.toSequence);
    if (fromSequence <= toSequence) return { ...both, kind, fromSequence, toSequence };
    return isOfMessages(gap) || isOfMessages(other) ? undefined : both;
  }
  if (isOfMessages(gap)) return isOfMessages(other) ? undefined : both;
  if (!isOfMessages(other)) return both;
  const { kind, stream, fromSequence, toSequence } = other;
  return { ...both, kind, stream, fromSequence, toSequence };
}

/** Whether two gaps say the same to be missing. */
export function isSameExtent(a: Gap, b: Gap): boolean {
  return covers(a, b) && covers(b, a);
}

function covers(a: Gap, b: Gap): boolean {
  return (
    (a.metric === '' || a.metric === b.metric) &&
    a.fromS <= b.fromS &&
    a.untilS >= b.untilS &&
    a.stream === b.stream &&
    a.fromSequence <= b.fromSequence &&
    a.toSequence >= b.toSequence
  );
}

/** Whether nothing is missing but the messages that it names. */
function isOfMessages(gap: Gap): boolean {
  return gap.kind === 'retention' && namesMessages(gap);
}

function namesMessages({ stream, fromSequence, toSequence }: Gap): boolean {
  return stream !== '' && fromSequence > 0 && toSequence >= fromSequence;
}

function order(a: Gap, b: Gap): number {
  return a.fromSequence - b.fromSequence;
}
