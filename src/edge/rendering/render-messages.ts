import type { MessagePort } from 'node:worker_threads';
import type { RenderLimits } from '../../actors/query/evaluation-options.js';
import type { Need } from '../../query/fetched-series.js';
import type { PackedSeries } from '../../query/packed-series.js';
import type { RenderRequest } from '../../query/render-request.js';
import { timeZone, UTC } from '../../query/time-zone.js';
import type { Window } from '../../query/window.js';
import type { Drawing } from '../drawing/drawing.js';
import type { WritableForm } from './answer.js';

/*
 * What the main thread and a render thread say to each other. Each request has a port of its own; when the main thread closes
 * it nobody waits for the answer any more.
 */

type Sent<W> = Omit<W, 'zone'> & { readonly zone: string };

/** A request as it goes from thread to thread: its zone, which has functions, by its name. */
export interface SentRequest extends Omit<RenderRequest, 'window'> {
  readonly window: Sent<Window>;
}

/** A need as well. */
export interface SentNeed extends Omit<Need, 'window'> {
  readonly window: Sent<Window>;
}

export function sentRequest(request: RenderRequest): SentRequest {
  return { ...request, window: sentWindow(request.window) };
}

export function sentNeed(need: Need): SentNeed {
  return { ...need, window: sentWindow(need.window) };
}

export function receivedRequest(request: SentRequest): RenderRequest {
  return { ...request, window: receivedWindow(request.window) };
}

export function receivedNeed(need: SentNeed): Need {
  return { ...need, window: receivedWindow(need.window) };
}

function sentWindow(window: Window): Sent<Window> {
  return { ...window, zone: window.zone.name };
}

function receivedWindow(window: Sent<Window>): Window {
  return { ...window, zone: timeZone(window.zone) ?? UTC };
}

/** What a render thread is told to do. */
export interface RenderJob {
  readonly port: MessagePort;
  readonly request: SentRequest;
  readonly form: WritableForm;
  readonly limits: RenderLimits;
  readonly seed: number;
  /** Times that series were fetched already: so many `fetched` come without being asked for. */
  readonly fetchedTimes: number;
}

export type ToRenderThread =
  | { readonly type: 'fetched'; readonly series: PackedSeries }
  /** So many parts have gone on their way to the client. `rests`: the others shall leave the processors to short requests. */
  | { readonly type: 'taken'; readonly parts: number; readonly rests: boolean };

export type FromRenderThread =
  | { readonly type: 'fetch'; readonly needs: readonly SentNeed[] }
  | { readonly type: 'whole'; readonly contentType: string; readonly body: Uint8Array }
  | { readonly type: 'drawing'; readonly drawing: Drawing }
  /** What follows are parts, and an end. */
  | { readonly type: 'parts'; readonly contentType: string }
  | { readonly type: 'part'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** Parts that are made before the client has taken the first of them. */
export const PARTS_AHEAD = 8;

/** What a thread says, to whoever started it, once it is ready to evaluate another request. */
export const EVALUATED = 'evaluated';
