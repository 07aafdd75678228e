import type {
	ActorAbout,
	ActorNow,
	History,
	LatencyHistory,
	SiteNow,
	Snapshot,
} from './api-types.ts';
import type { Row } from './series-store.ts';

/** The series of charts, from what a run is now and from the tables of its folder. Both give the same names. */

/** Kinds that have a curve of their own. */
const SOURCES: readonly string[] = ['solar', 'wind', 'generator'];

/** The row of a site at a moment: kW, %, g/kWh, USD/kWh, seconds and requests. */
export function rowOf({ replicas }: Snapshot, site: SiteNow): Row {
	const { latency } = site;
	const ours = replicas.filter((replica) => replica.site === site.name);
	const sum = (pick: (replica: (typeof ours)[number]) => number | null) =>
		ours.length === 0 ? null : ours.reduce((all, replica) => all + (pick(replica) ?? 0), 0);
	return {
		...powersOf(site.actors),
		grid: kilo(site.gridW),
		battery:
			site.batteries.length === 0
				? null
				: site.batteries.reduce((all, { powerW }) => all + (powerW ?? 0) / 1000, 0),
		...Object.fromEntries(
			site.batteries.map(({ name, soc }) => [`soc:${name}`, soc === null ? null : 100 * soc]),
		),
		carbon: site.carbonGPerKwh ?? null,
		marginal: site.marginalGPerKwh ?? null,
		price: site.priceUsdPerKwh ?? null,
		cap: site.capW ?? null,
		ttftP50: latency?.ttftP50S ?? null,
		ttftP99: latency?.ttftP99S ?? null,
		e2eP99: latency?.e2eP99S ?? null,
		running: sum(({ running }) => running),
		waiting: sum(({ waiting }) => waiting),
	};
}

function kilo(watts: number | null | undefined): number | null {
	return watts === null || watts === undefined ? null : watts / 1000;
}

/** Loads count as what they take; a source is told by its kind, or by what it does. */
function powersOf(actors: readonly ActorNow[]): Row {
	const row: Record<string, number> = { load: 0 };
	for (const { kind, powerW } of actors) {
		if (powerW === null) continue;
		const key = SOURCES.includes(kind) ? kind : isLoad(kind) || powerW < 0 ? 'load' : 'other';
		row[key] = (row[key] ?? 0) + (key === 'load' ? -powerW : powerW) / 1000;
	}
	return row;
}

function isLoad(kind: string): boolean {
	return kind === 'replica' || kind === 'load';
}

const ACTOR = /^actor_states\.(.+)\.power$/;
const SOC = /^dispatch_states\.(.+)\.soc$/;
const BATTERY = /^dispatch_states\.(.+)\.current_power$/;
const GENERATOR = /^generator_states\.(.+)\.power$/;
const SIGNAL = /^grid_signals\.(?:.+-)?(carbon|marginal|price)$/;

/**
 * The columns of charts from those of a run folder (docs/results.md).
 *
 * @param actors what the members of the site are; one that is not among them is what its name begins with
 */
export function columnsOf(
	{ timeUs: times, columns }: Pick<History, 'timeUs' | 'columns'>,
	actors: readonly Pick<ActorAbout, 'name' | 'kind'>[],
): Map<string, (number | null)[]> {
	const kinds = new Map(actors.map(({ name, kind }) => [name, kind]));
	const kindOf = (name: string) => kinds.get(name) ?? name.replace(/-\d+$/, '');
	const series = new Map<string, (number | null)[]>();
	const add = (key: string, values: readonly (number | null)[], factor: number) => {
		const sum = series.get(key) ?? new Array(times.length).fill(null);
		series.set(
			key,
			sum.map((so: number | null, i) => {
				const value = values[i] ?? null;
				return value === null ? so : (so ?? 0) + factor * value;
			}),
		);
	};
	for (const [column, values] of Object.entries(columns)) {
		const { key, factor } = seriesOf(column, kindOf, values);
		if (key !== null) add(key, values, factor);
	}
	return series;
}

function seriesOf(
	column: string,
	kindOf: (name: string) => string,
	values: readonly (number | null)[],
): { key: string | null; factor: number } {
	const member = ACTOR.exec(column)?.[1];
	if (member !== undefined) {
		const kind = kindOf(member);
		if (SOURCES.includes(kind)) return { key: kind, factor: 1e-3 };
		const takes = isLoad(kind) || values.some((value) => value !== null && value < 0);
		return takes ? { key: 'load', factor: -1e-3 } : { key: 'other', factor: 1e-3 };
	}
	const battery = SOC.exec(column)?.[1];
	if (battery !== undefined) return { key: `soc:${battery}`, factor: 100 };
	if (GENERATOR.test(column)) return { key: 'generator', factor: 1e-3 };
	if (BATTERY.test(column)) return { key: 'battery', factor: 1e-3 };
	const signal = SIGNAL.exec(column)?.[1];
	if (signal !== undefined) return { key: signal, factor: 1 };
	if (column === 'p_grid') return { key: 'grid', factor: 1e-3 };
	if (column === 'policy_state.cap_per_gpu') return { key: 'cap', factor: 1 };
	return { key: null, factor: 1 };
}

/** The columns of charts from how long requests took. */
export function latencyColumns(latency: LatencyHistory): Map<string, readonly number[]> {
	const { ttftP50S, ttftP99S, e2eP99S } = latency;
	return new Map([
		['ttftP50', ttftP50S],
		['ttftP99', ttftP99S],
		['e2eP99', e2eP99S],
	]);
}

/** Columns of usage.csv that have a curve of their own, added up over the replicas of a site. */
export const REQUEST_COLUMNS = ['running', 'waiting'] as const;

/** The columns of charts from how many requests replicas had. */
export function requestColumns({
	columns,
}: Pick<History, 'columns'>): Map<string, readonly (number | null)[]> {
	return new Map(REQUEST_COLUMNS.map((name) => [name, columns[name] ?? []]));
}

/** A site as it was in a row of charts: what a replay shows of a run that has ended. */
export function siteOfRow(name: string, row: Row): SiteNow {
	const actors = [...SOURCES, 'other', 'load'].flatMap((kind) => {
		const value = row[kind];
		if (value === null || value === undefined) return [];
		return [{ name: kind, kind, powerW: (kind === 'load' ? -1000 : 1000) * value }];
	});
	const socs = Object.entries(row).filter(([key]) => key.startsWith('soc:'));
	const batteries = socs.map(([key, value], i) => ({
		...{ name: key.slice(4), soc: (value ?? 0) / 100 },
		powerW: i === 0 ? 1000 * (row['battery'] ?? 0) : 0,
	}));
	const gridW = row['grid'] === null || row['grid'] === undefined ? null : 1000 * row['grid'];
	return {
		...{ name, actors, batteries, gridW },
		carbonGPerKwh: row['carbon'] ?? null,
		priceUsdPerKwh: row['price'] ?? null,
		capW: row['cap'] ?? null,
	};
}
