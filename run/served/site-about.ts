import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import { siteNamesOf } from '../../results/report/sites.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';
import type { ActorAbout, SiteAbout } from '../../services/gateway/runs-host.ts';

/** A site, with the model that its replicas serve. */
export interface KnownSite extends SiteAbout {
	readonly model: string | null;
}

type Loose = Readonly<Record<string, unknown>>;
type Microgrid = RunMetadata['microgrids'][string];

/** The sites of a run with their members, from its metadata. */
export function siteAbouts(metadata: RunMetadata): KnownSite[] {
	const names = siteNamesOf(metadata);
	const all = names.length === 0 ? Object.keys(metadata.microgrids).slice(0, 1) : names;
	const scenario = loose(metadata.gridbeat.scenario);
	return all.map((name) => siteOf(name, metadata.microgrids[name] ?? {}, ofSite(scenario, name)));
}

/** The part of a scenario that is about a site. */
function ofSite(scenario: Loose, name: string): Loose {
	const found = list(scenario['sites']).find((site) => site['name'] === name);
	return found === undefined ? scenario : { ...scenario, ...found };
}

/** Sections of a scenario that list members, and what these are. */
const SECTIONS: Readonly<Record<string, string>> = {
	...Object.fromEntries(DECLARED_KINDS.map(({ kind, section }) => [section.key, kind])),
	loads: 'load',
	generators: 'generator',
};

function siteOf(name: string, microgrid: Microgrid, scenario: Loose): KnownSite {
	const [latitude = null, longitude = null] = Array.isArray(microgrid.coords)
		? microgrid.coords.map(Number)
		: [];
	const kinds = new Map(
		Object.entries(SECTIONS).flatMap(([section, kind]) =>
			list(scenario[section]).map((item) => [String(item['name']), kind] as const),
		),
	);
	const members = (microgrid.actors ?? []).map(({ name: actor, signal }): ActorAbout => {
		const kind = kinds.get(actor) ?? (/(^|-)replica-\d+$/.test(actor) ? 'replica' : 'member');
		return { name: actor, kind, about: signal ? { signal } : {} };
	});
	const generators = list(scenario['generators']).map(
		(item): ActorAbout => ({ name: String(item['name']), kind: 'generator', about: item }),
	);
	const batteries = (microgrid.dispatchables ?? []).map(
		({ name: battery, type, capacity, min_soc: minSoc, initial_soc: initialSoc }): ActorAbout => ({
			name: battery,
			kind: 'battery',
			about: JSON.parse(JSON.stringify({ type, capacityWh: capacity, minSoc, initialSoc })),
		}),
	);
	const location = loose(scenario['location']);
	const place = typeof scenario['location'] === 'string' ? scenario['location'] : location['name'];
	const { model } = loose(scenario['serving']) as { model?: unknown };
	return {
		...{ name, location: typeof place === 'string' ? place : null },
		...{ latitude: finite(latitude), longitude: finite(longitude) },
		actors: [
			...members,
			...generators.filter(({ name: one }) => !members.some((member) => member.name === one)),
			...batteries,
		],
		model: typeof model === 'string' ? model : null,
	};
}

function finite(value: number | null | undefined): number | null {
	return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}

function loose(value: unknown): Loose {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Loose)
		: {};
}

function list(value: unknown): Loose[] {
	return (Array.isArray(value) ? value : [value]).map(loose).filter((item) => 'name' in item);
}
