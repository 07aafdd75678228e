import type { ActorKind } from '../kernel/actor/contract.ts';
import type { FindKind } from '../kernel/actor/make-actor.ts';
import { ConfigError } from '../protocol/errors.ts';
import { knownText } from '../protocol/nearest-name.ts';
import type { OwnModule } from '../protocol/own-module.ts';

/** Every kind of actor, loaded only by the processes that run it. */
const KINDS: Readonly<Record<string, (modules: readonly OwnModule[]) => Promise<ActorKind>>> = {
	router: async () => (await import('./router/kind.ts')).routerKind,
	'kv-router': async () => (await import('./router/kv-kind.ts')).kvRouterKind,
	replica: async () => (await import('./replica/kind.ts')).replicaKind,
	solar: async () => (await import('./solar/kind.ts')).solarKind,
	air: async () => (await import('./solar/air-kind.ts')).airKind,
	wind: async () => (await import('./wind/kind.ts')).windKind,
	load: async () => (await import('./load/kind.ts')).loadKind,
	battery: async () => (await import('./battery/kind.ts')).batteryKind,
	generator: async () => (await import('./generator/kind.ts')).generatorKind,
	grid: async () => (await import('./grid/kind.ts')).gridKind,
	carbon: async () => (await import('./carbon/kind.ts')).carbonKind,
	price: async () => (await import('./carbon/kind.ts')).priceKind,
	controller: async () => (await import('./controller/kind.ts')).controllerKind,
	own: async (modules) => (await import('./own/kind.ts')).ownKind(modules),
	arrivals: async () => (await import('./gateway/openai/arrivals-kind.ts')).arrivalsKind,
	answers: async () => (await import('./gateway/openai/answers-kind.ts')).answersKind,
	monitor: async () => (await import('./gateway/monitor/kind.ts')).monitorKind,
	recorder: async () => (await import('./recorder/kind.ts')).recorderKind,
};

export const KIND_NAMES: readonly string[] = Object.keys(KINDS);

/** Kinds that meet what is outside a run, such as requests over HTTP: their host is in the process that leads it. */
export const GATEWAY_KINDS: ReadonlySet<string> = new Set(['arrivals', 'answers', 'monitor']);

/**
 * Finds kinds, and loads them, for a process that may run these modules of the user's.
 *
 * @returns what throws a ConfigError for an unknown kind, listing the known ones
 */
export function kindsWith(modules: readonly OwnModule[]): FindKind {
	return async (kind) => {
		const load = KINDS[kind];
		if (load !== undefined) return load(modules);
		throw new ConfigError(`Cannot run an actor of kind "${kind}": ${knownText(kind, KIND_NAMES)}`);
	};
}

/** The same without any. */
export const findKind: FindKind = kindsWith([]);
