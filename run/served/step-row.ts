import type { StepRow } from '../../services/gateway/runs-host.ts';
import type { Snapshot } from '../../services/gateway/snapshot.ts';

/** A row of timeseries.csv, nested by the first and the last dot of its columns: `actor_states.solar.power`. */
export function nestedRow(header: readonly string[], row: readonly string[]): StepRow {
	const nested: Record<string, unknown> = {};
	for (const [i, name] of header.entries()) {
		const value = cellValue(row[i] ?? '');
		const parts = partsOf(name);
		let at = nested;
		for (const part of parts.slice(0, -1)) {
			const known = at[part];
			const next = typeof known === 'object' && known !== null ? known : {};
			at[part] = next;
			at = next as Record<string, unknown>;
		}
		at[parts.at(-1) as string] = value;
	}
	return nested;
}

/** Names may hold dots themselves: what stands between the first and the last is one. */
function partsOf(name: string): string[] {
	const first = name.indexOf('.');
	if (first === -1) return [name];
	const [head, rest] = [name.slice(0, first), name.slice(first + 1)];
	const last = rest.lastIndexOf('.');
	const hasName = /^(actor|dispatch|generator)_states$/.test(head) && last !== -1;
	return hasName ? [head, rest.slice(0, last), rest.slice(last + 1)] : [head, rest];
}

function cellValue(cell: string): string | number | null {
	if (cell === '') return null;
	const value = Number(cell);
	return Number.isFinite(value) ? value : cell;
}

/** Rows of usage.csv of one step, by replica. */
export type UsageRows = ReadonlyMap<string, ReadonlyMap<string, number | null>>;

export interface SiteRows {
	readonly name: string;
	readonly row: StepRow;
	readonly usage: UsageRows;
	/** Kinds of its actors by name, and the model of its replicas. */
	readonly kinds: ReadonlyMap<string, string>;
	readonly model: string | null;
	/** Wh by battery. */
	readonly capacities: ReadonlyMap<string, number>;
}

/** What a run was in a step, from what it has recorded of it. */
export function snapshotOf(simUs: number, sites: readonly SiteRows[]): Snapshot {
	return {
		simUs,
		sites: sites.map(siteOf),
		replicas: sites.flatMap((site) =>
			[...site.usage].map(([name, usage]) => replicaOf(name, usage, site)),
		),
	};
}

function siteOf({ name, row, kinds, capacities }: SiteRows): Snapshot['sites'][number] {
	const policy = members(row['policy_state']);
	const signals = Object.entries(members(row['grid_signals']));
	const signal = (word: string) =>
		number(signals.find(([key]) => key === word || key.endsWith(`-${word}`))?.[1]);
	const actors = [
		...Object.entries(members(row['actor_states'])),
		...Object.entries(members(row['generator_states'])),
	].map(([actor, state]) => ({
		name: actor,
		kind: kinds.get(actor) ?? 'member',
		powerW: number(members(state)['power']),
	}));
	const batteries = Object.entries(members(row['dispatch_states'])).map(([battery, state]) => {
		const { soc, charge_level: storedWh, current_power: powerW } = members(state);
		const capacityWh = finite(capacities.get(battery));
		return {
			...{ name: battery, soc: number(soc), powerW: number(powerW) },
			...{ storedWh: number(storedWh), capacityWh },
		};
	});
	return {
		name,
		deltaW: number(row['p_delta']),
		gridW: number(row['p_grid']),
		carbonGPerKwh: signal('carbon'),
		priceUsdPerKwh: signal('price'),
		capW: number(policy['cap_per_gpu']),
		actors,
		batteries,
	};
}

function replicaOf(
	name: string,
	usage: ReadonlyMap<string, number | null>,
	{ name: site, model, row }: SiteRows,
): Snapshot['replicas'][number] {
	const of = (column: string) => usage.get(column) ?? null;
	const [arrived, outstanding, rejected] = [of('arrived'), of('outstanding'), of('rejected')];
	const isKnown = arrived !== null && outstanding !== null;
	return {
		...{ name, site, model },
		powerW: number(members(members(row['actor_states'])[name])['power']),
		...{ running: of('running'), waiting: of('waiting'), kvUsed: of('kv_used'), busy: of('busy') },
		completed: isKnown ? arrived - outstanding - (rejected ?? 0) : null,
	};
}

function members(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function number(value: unknown): number | null {
	return typeof value === 'number' ? value : null;
}

function finite(value: number | undefined): number | null {
	return value !== undefined && Number.isFinite(value) ? value : null;
}
