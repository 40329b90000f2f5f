import { assert } from '../assert.js';
import { type Destination, destinationText } from '../config/destination.js';
import type { RelayMethod } from '../config/sections/destinations.js';
import { CarbonbusError } from '../errors.js';
import { AggregatedRouter } from './rings/aggregated-router.js';
import { CarbonRing } from './rings/carbon-ring.js';
import { CrelayRing } from './rings/crelay-ring.js';
import { FastRing } from './rings/fast-ring.js';
import { JumpRing } from './rings/jump-ring.js';
import { NameCache } from './rings/name-cache.js';
import type { NameRouter } from './rings/name-router.js';
import type { ReplicaChoice } from './rings/replicas.js';
import { RouteUsingRouter } from './rings/route-using.js';
import type { AggregationRule } from './rules/aggregation-rules.js';
import { type RelayRules, RelayRulesRouter } from './rules/relay-rules.js';
import type { RouteUsingRules } from './rules/route-using-rules.js';

/** Where points are due at: one daemon, or several that stand in for each other. */
export interface Target {
  /** Stays the same while the daemons of a group change: progress is kept under it. */
  readonly name: string;
  /** How one of several daemons is chosen. */
  readonly choice: 'failover' | 'any_of';
  readonly daemons: readonly Destination[];
}

/** The settings of the legacy side that say where a point goes. */
export interface DestinationSettings {
  readonly destinations: readonly Destination[];
  readonly relayMethod: RelayMethod;
  readonly replicationFactor: number;
  readonly diverseReplicas: boolean;
  readonly routerHashType: 'default' | 'carbon_ch' | 'fnv1a_ch' | 'mmh3_ch' | 'jump_fnv1a_ch';
}

/** The targets, and the router whose destinations are indexes into them. */
export interface DestinationRouting {
  readonly targets: readonly Target[];
  readonly router: NameRouter;
}

/** What the methods that match names follow. */
export interface DestinationRules {
  /** `relay-rules.conf`, for the method `rules`. */
  readonly relay: RelayRules | undefined;
  /** `aggregation-rules.conf`, for the aggregated methods. */
  readonly aggregation: readonly AggregationRule[];
  /** `route-using.conf`, for the methods that hash names. */
  readonly using: RouteUsingRules;
}

/** Which file of rules a relay method follows; undefined for a method that follows none. */
export function rulesOfMethod(method: RelayMethod): keyof DestinationRules | undefined {
  if (method === 'rules') return 'relay';
  if (method.includes('aggregated')) return 'aggregation';
  return method === 'any_of' || method === 'failover' || method === 'forward' ? undefined : 'using';
}

/**
 * What RELAY_METHOD makes of DESTINATIONS.
 *
 * Errors: `DESTINATION_DUPLICATE`; `RELAY_METHOD_UNUSABLE` where the method does not go with the other settings.
 */
export function routeDestinations(
  settings: DestinationSettings,
  rules: DestinationRules,
): DestinationRouting {
  const { destinations, relayMethod } = settings;
  if (relayMethod === 'any_of' || relayMethod === 'failover') {
    return {
      targets: [{ name: relayMethod, choice: relayMethod, daemons: destinations }],
      router: toAll(1),
    };
  }
  const targets = destinations.map((daemon): Target => {
    return { name: destinationText(daemon), choice: 'failover', daemons: [daemon] };
  });
  return { targets, router: routerOf(settings, rules) };
}

function routerOf(settings: DestinationSettings, rules: DestinationRules): NameRouter {
  const { relayMethod, destinations } = settings;
  if (relayMethod === 'rules') {
    assert(rules.relay !== undefined, 'the method has its rules');
    return new NameCache(new RelayRulesRouter(rules.relay, destinations), destinations.length);
  }
  const router = hashing(settings);
  const followed = rulesOfMethod(relayMethod);
  if (followed === 'aggregation')
    return new NameCache(new AggregatedRouter(router, rules.aggregation), destinations.length);
  return followed === undefined || rules.using.isEmpty
    ? router
    : new NameCache(new RouteUsingRouter(router, rules.using), destinations.length);
}

function hashing(settings: DestinationSettings): NameRouter {
  const { destinations, relayMethod, replicationFactor, routerHashType } = settings;
  const choice: ReplicaChoice = { replicationFactor, diverse: settings.diverseReplicas };
  switch (relayMethod) {
    case 'carbon_ch':
    case 'fnv1a_ch':
      return new CrelayRing(relayMethod, destinations).table(replicationFactor);
    case 'jump_fnv1a_ch':
      return new JumpRing(destinations, replicationFactor);
    case 'consistent-hashing':
    case 'aggregated-consistent-hashing':
      if (routerHashType === 'jump_fnv1a_ch') return new JumpRing(destinations, replicationFactor);
      return new CarbonRing(hashOr('carbon_ch', routerHashType), destinations).table(choice);
    case 'fast-hashing':
    case 'fast-aggregated-hashing':
      if (routerHashType === 'jump_fnv1a_ch') throw unusable(relayMethod, routerHashType);
      return new FastRing(destinations, choice, hashOr('mmh3_ch', routerHashType));
    default:
      return toAll(destinations.length);
  }
}

function hashOr<H extends string>(initial: H, given: H | 'default'): H {
  return given === 'default' ? initial : given;
}

function unusable(relayMethod: string, hash: string): CarbonbusError {
  return new CarbonbusError(
    'RELAY_METHOD_UNUSABLE',
    `RELAY_METHOD = ${relayMethod} does not go with ROUTER_HASH_TYPE = ${hash}: choose carbon_ch, fnv1a_ch or mmh3_ch`,
  );
}

/** Every name goes to the first `count` destinations. */
function toAll(count: number): NameRouter {
  return {
    destinationsMax: count,
    destinationsOf(_bytes, _start, _end, into) {
      for (let i = 0; i < count; i++) into[i] = i;
      return count;
    },
  };
}
