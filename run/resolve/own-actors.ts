import { namedPrng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { given, type Origin } from '../../protocol/origin.ts';
import type { OwnModule } from '../../protocol/own-module.ts';
import type { OwnRole } from '../../protocol/ports.ts';
import { type OwnActor as OwnEntry, ownConfigOf } from '../../protocol/scenario/own.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { OwnConfig } from '../../services/own/config.ts';
import type { RunFacts, StoreStart } from '../../services/own/contract.ts';
import { loadModule, moduleName } from '../../services/own/load.ts';
import { makeOwnActor } from '../../services/own/make.ts';
import type { Frame } from './plan.ts';

/** An actor of the user's in a site. */
export interface OwnActor {
	readonly name: string;
	/** What it is, in its module's words. */
	readonly kind: string;
	/** Stands under `loads`: it is there to consume. */
	readonly isLoad: boolean;
	readonly role: OwnRole;
	readonly module: OwnModule;
	readonly config: OwnConfig;
	/** null: it is no store. */
	readonly start: StoreStart | null;
	/** The signals of the site that it reads. */
	readonly reads: readonly SignalPort[];
	readonly origin: Origin;
}

export type SignalPort = 'signal' | 'price';
const SIGNALS: readonly SignalPort[] = ['signal', 'price'];

/** What a run is to actors of the user's. */
function factsOf({ stepUs, startEpochMs, untilUs, location }: Frame): RunFacts {
	const { timeZone, latitude, longitude, altitudeM } = location;
	return { stepUs, startEpochMs, untilUs, timeZone, latitude, longitude, altitudeM };
}

/**
 * Loads the modules that a site names and makes each actor once, to see what it is: its ports say what it does.
 *
 * @throws ConfigError naming module and actor, what is wrong and what would do
 */
export async function ownActorsOf(scenario: Scenario, frame: Frame): Promise<OwnActor[]> {
	const loads = scenario.loads.filter((load) => load.type === 'module');
	const entries: readonly (readonly [OwnEntry, boolean])[] = [
		...loads.map((entry) => [entry, true] as const),
		...scenario.actors.map((entry) => [entry, false] as const),
	];
	const made: OwnActor[] = [];
	for (const [entry, isLoad] of entries) made.push(await ownActorOf(entry, isLoad, frame));
	return made;
}

async function ownActorOf(entry: OwnEntry, isLoad: boolean, frame: Frame): Promise<OwnActor> {
	const { name, module: path } = entry;
	const loaded = await loadModule(path);
	const { kind, sha256 } = loaded;
	const module = moduleName(path);
	const config: OwnConfig = {
		...{ module, sha256, run: factsOf(frame) },
		config: ownConfigOf(entry) as OwnConfig['config'],
	};
	const { actor, role, start } = await makeOwnActor(loaded, config, {
		name,
		random: (purpose) => namedPrng(`${frame.seed}/${name}/${purpose}`),
		announce() {},
	});
	if (isLoad && role !== 'member')
		throw new ConfigError(
			`Cannot use "${module}" as load "${name}": it has no output "power"; name it under "actors"`,
		);
	const has = (ports: readonly { readonly name: string }[]) =>
		SIGNALS.filter((signal) => ports.some((port) => port.name === signal));
	return {
		...{ name, kind: kind.kind, isLoad, role, config, start },
		module: { path, sha256 },
		reads: has(actor.inputs),
		origin: given(`${kind.source ?? `kind ${kind.kind}`}, ${path}, SHA-256 ${sha256}`),
	};
}

/** The modules of all sites, each once. */
export function modulesOf(sites: readonly { readonly own: readonly OwnActor[] }[]): OwnModule[] {
	const all = sites.flatMap(({ own }) => own.map(({ module }) => module));
	return [...new Map(all.map((module) => [module.path, module])).values()];
}
