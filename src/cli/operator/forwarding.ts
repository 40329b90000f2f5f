import { destinationText } from '../../config/destination.js';
import type { Settings } from '../../config/settings.js';
import {
  type DestinationRouting,
  type DestinationRules,
  routeDestinations,
} from '../../routing/destinations.js';
import { destinationsOfName } from '../../routing/rings/name-router.js';
import { destinationRouting } from '../../storage/destination-rule-files.js';
import type { Outside } from '../configuration.js';
import type { SentOn } from './answers.js';

/** A section of carbon.conf that forwarders read, and its settings. */
export interface ForwarderSection {
  /** `relay`, or that of one forwarder, such as `relay:forwarder2`. */
  readonly name: string;
  readonly relay: Settings['relay'];
}

/** What the forwarders of one section do with names. */
export class Forwarding {
  readonly #section: ForwarderSection;
  readonly #rules: DestinationRules;
  readonly #routing: DestinationRouting;

  /** Errors: as those of `destinationRouting` and `routeDestinations`. */
  constructor({ read }: Outside, folder: string, section: ForwarderSection) {
    this.#section = section;
    this.#rules = destinationRouting(folder, read, section.relay).current;
    this.#routing = routeDestinations(section.relay, this.#rules);
  }

  /** @param name as it is stored */
  sentOn(name: string): SentOn {
    const { router, targets } = this.#routing;
    const { relay, aggregation, using } = this.#rules;
    const outputs = aggregation.flatMap((rule) => rule.outputOf(name) ?? []);
    const hashed = outputs.length > 0 ? outputs : [using.hashedAs(name)];
    return {
      section: this.#section.name,
      method: this.#section.relay.relayMethod,
      rules: relay?.match(name).map((rule) => rule.name) ?? [],
      hashedAs: hashed.filter((one) => one !== name),
      destinations: destinationsOfName(router, name).flatMap((index) =>
        targets[index].daemons.map(destinationText),
      ),
    };
  }
}

/** The sections that say where forwarders send to; one that says what `[relay]` says as well is left out. */
export function forwarderSections(
  plain: Settings['relay'],
  instances: readonly ForwarderSection[],
): ForwarderSection[] {
  const said = new Set<string>();
  return [{ name: 'relay', relay: plain }, ...instances].filter(({ relay }) => {
    const { destinations, relayMethod, replicationFactor, diverseReplicas, routerHashType } = relay;
    const all = { destinations, relayMethod, replicationFactor, diverseReplicas, routerHashType };
    const text = JSON.stringify(all);
    if (destinations.length === 0 || said.has(text)) return false;
    said.add(text);
    return true;
  });
}

/** Where forwarders send it, by which rule; also that they send it nowhere. */
export function sentOnText({ section, method, rules, hashedAs, destinations }: SentOn): string {
  const by =
    rules.length === 0 ? method : `relay-rules.conf ${rules.map((rule) => `[${rule}]`).join(', ')}`;
  const hashed = hashedAs.length === 0 ? '' : `, hashed as ${hashedAs.join(', ')}`;
  const to =
    destinations.length === 0 ? 'sent on to nobody' : `sent on to ${destinations.join(', ')}`;
  return `\n${to} by ${by}${hashed}${section === 'relay' ? '' : ` of [${section}]`}\n`;
}
