import 'reflect-metadata';
import {
  type DependencyContainer,
  type FactoryFunction,
  type InjectionToken,
  instanceCachingFactory,
  container as root,
} from 'tsyringe';
import { GIVEN, type Given, type Part } from './composition/tokens.js';

/** Composes a process of parts, which know which class stands behind which port. */
export function compose(given: Given, parts: readonly Part[]): DependencyContainer {
  const container = root.createChildContainer();
  container.register(GIVEN, { useValue: given });
  const once = <T>(what: InjectionToken<T>, make: FactoryFunction<T>): void => {
    container.register(what, { useFactory: instanceCachingFactory(make) });
  };
  for (const register of parts) register(given, once);
  return container;
}
