import { namedPrng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { given } from '../../protocol/origin.ts';
import type { OwnModule } from '../../protocol/own-module.ts';
import type { OwnRole } from '../../protocol/ports.ts';
import { type OwnPart, ownConfigOf } from '../../protocol/scenario/own.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { OwnConfig } from '../../services/own/config.ts';
import type { RunFacts } from '../../services/own/contract.ts';
import { loadModule, moduleName } from '../../services/own/load.ts';
import { makeOwnActor } from '../../services/own/make.ts';
import { signalOf } from '../../services/own/ports.ts';
import { externalActorsOf } from './external-actors.ts';
import type { OwnActor, SignalPort } from './own-actor.ts';
import type { Frame } from './plan.ts';
import { siteNames } from './site-names.ts';

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
	const made: OwnActor[] = [];
	for (const entry of entriesIn(scenario, frame)) made.push(await ownActorOf(entry, frame));
	return [...made, ...externalActorsOf(scenario, factsOf(frame))];
}

/** An entry of a scenario that names a module. */
interface OwnEntry {
	/** Of the actor. */
	readonly name: string;
	readonly part: OwnPart;
	/** Its key in the scenario: what it is taken for. */
	readonly place: keyof typeof PORTS | 'actors' | 'loads';
}

/** What is taken from the signals of the user's own, by the place that names them. */
const PORTS = {
	carbon: 'signal',
	marginalCarbon: 'signal',
	price: 'price',
	'serving.pue.outdoor': 'air',
} as const;

function entriesIn({ loads, actors, ...scenario }: Scenario, frame: Frame): OwnEntry[] {
	const names = siteNames(frame);
	const { carbon, marginalCarbon, price, serving } = scenario;
	const outdoor = typeof serving?.pue === 'object' ? serving.pue.outdoor : undefined;
	const signal = (
		name: string,
		place: OwnEntry['place'],
		part: Scenario['carbon'] | Scenario['marginalCarbon'] | Scenario['price'],
	): OwnEntry[] => (part?.source === 'module' ? [{ name, place, part }] : []);
	return [
		...loads.flatMap((part) =>
			part.type === 'module' ? [{ name: part.name, place: 'loads' as const, part }] : [],
		),
		...actors.flatMap((part) =>
			part.type === 'external' ? [] : [{ name: part.name, place: 'actors' as const, part }],
		),
		...signal(names.carbon, 'carbon', carbon),
		...signal(names.marginal, 'marginalCarbon', marginalCarbon),
		...signal(names.price, 'price', price),
		...(outdoor === undefined
			? []
			: [{ name: names.air, place: 'serving.pue.outdoor' as const, part: outdoor }]),
	];
}

async function ownActorOf({ name, place, part }: OwnEntry, frame: Frame): Promise<OwnActor> {
	const path = part.module;
	const loaded = await loadModule(path);
	const { kind, sha256 } = loaded;
	const module = moduleName(path);
	const config: OwnConfig = {
		...{ module, sha256, run: factsOf(frame) },
		config: ownConfigOf(part, ...(place === 'carbon' ? ['kind'] : [])) as OwnConfig['config'],
	};
	const { actor, role, start } = await makeOwnActor(loaded, config, {
		name,
		random: (purpose) => namedPrng(`${frame.seed}/${name}/${purpose}`),
		announce() {},
	});
	const problem = placeProblem(place, role, signalOf(actor));
	if (problem !== null)
		throw new ConfigError(
			`Cannot use "${module}" as ${place === 'loads' ? `load "${name}"` : place === 'actors' ? `"${name}"` : place}: ${problem}`,
		);
	const has = (ports: readonly { readonly name: string }[]) =>
		SIGNALS.filter((signal) => ports.some((port) => port.name === signal));
	return {
		...{ name, kind: kind.kind, isLoad: place === 'loads', role, start },
		runs: { by: 'module', module: { path, sha256 }, config, reads: has(actor.inputs) },
		origin: given(`${kind.source ?? `kind ${kind.kind}`}, ${path}, SHA-256 ${sha256}`),
	};
}

/** Why an actor cannot be where the scenario names it, and where it could; null: it can. */
function placeProblem(
	place: OwnEntry['place'],
	role: OwnRole,
	signal: string | null,
): string | null {
	if (place === 'loads')
		return role === 'member' ? null : 'it has no output "power"; name it under "actors"';
	if (place === 'actors') {
		const [where] = Object.entries(PORTS).find(([, port]) => port === signal) ?? [];
		return where === undefined
			? null
			: `it reports "${signal}", which is read elsewhere: name it under ${where}${where.includes('.') ? '' : ' with source: module'}`;
	}
	const port = PORTS[place];
	return signal === port ? null : `it has no output "${port}"`;
}

/** The modules of all sites, each once. */
export function modulesOf(sites: readonly { readonly own: readonly OwnActor[] }[]): OwnModule[] {
	const all = sites.flatMap(({ own }) =>
		own.flatMap(({ runs }) => (runs.by === 'module' ? [runs.module] : [])),
	);
	return [...new Map(all.map((module) => [module.path, module])).values()];
}
