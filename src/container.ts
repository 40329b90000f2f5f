import 'reflect-metadata';
import {
  type DependencyContainer,
  type FactoryFunction,
  type InjectionToken,
  instanceCachingFactory,
  container as root,
} from 'tsyringe';
import { registerBus } from './composition/bus.js';
import { registerForwarder } from './composition/forwarder.js';
import { registerNode } from './composition/node.js';
import { registerQuery } from './composition/query.js';
import { registerReceivers } from './composition/receivers.js';
import { registerRelay } from './composition/relay.js';
import { registerRepair } from './composition/repair.js';
import { GIVEN, type Given } from './composition/tokens.js';

/** Composes a process. The only place that knows which class stands behind which port. */
export function compose(given: Given): DependencyContainer {
  const container = root.createChildContainer();
  container.register(GIVEN, { useValue: given });
  const once = <T>(what: InjectionToken<T>, make: FactoryFunction<T>): void => {
    container.register(what, { useFactory: instanceCachingFactory(make) });
  };
  registerBus(given, once);
  registerRelay(given, once);
  registerReceivers(given, once);
  registerForwarder(given, once);
  registerNode(given, once);
  registerRepair(given, once);
  registerQuery(given, once);
  return container;
}
