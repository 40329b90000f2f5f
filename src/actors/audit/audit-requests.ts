import { errorText } from '../../errors.js';
import { decode, encode } from '../../protocols/codec.js';
import type { Reply, Request } from '../../protocols/messages.js';
import type { Auditor } from './auditor.js';

/**
 * Answers operators' commands by the audit of this process: it has heard of every member for long, and so also
 * of those that are silent now.
 */
export async function answerAudit(auditor: Auditor, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    const { type } = decode(bytes) as Request;
    if (type === 'audit') {
      const value = await auditor.view();
      return encode({ ok: true, value } satisfies Reply<'audit'>);
    }
    const message = `an api cannot answer ${type}`;
    return encode({ ok: false, code: 'UNKNOWN_REQUEST', message });
  } catch (error) {
    return encode({ ok: false, code: 'REQUEST_FAILED', message: errorText(error) });
  }
}
