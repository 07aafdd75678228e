import type { LoadedRun, LoadedSite, RunTable } from '../run/load-run.ts';

/** A run as its folder has it, in the words of the API: what a gateway of the tests serves, step by step. */
export interface Recording {
	readonly stepUs: number;
	readonly steps: number;
	readonly timezone: string;
	readonly scenario: unknown;
	readonly sites: readonly RecordedSite[];
}

export interface RecordedSite {
	readonly about: {
		readonly name: string;
		readonly location: string | null;
		readonly latitude: number | null;
		readonly longitude: number | null;
		readonly actors: readonly { name: string; kind: string; about: Record<string, unknown> }[];
	};
	readonly series: RunTable;
	readonly usage: RunTable | null;
}

/** Takes what the dashboard shows out of a run that has ended. */
export async function recordingOf(run: LoadedRun): Promise<Recording> {
	const { environment, gridbeat, microgrids } = run.metadata;
	const sites: RecordedSite[] = [];
	for (const [name, site] of run.sites) {
		const key = name === '' ? (Object.keys(microgrids)[0] ?? '') : name;
		const coords = microgrids[key]?.coords;
		sites.push(await siteOf(key, site, Array.isArray(coords) ? coords : []));
	}
	return {
		stepUs: (environment.step_size ?? 60) * 1e6,
		steps: run.timeSeries.rows,
		timezone: gridbeat.timezone ?? 'UTC',
		scenario: gridbeat.scenario,
		sites,
	};
}

async function siteOf(
	name: string,
	site: LoadedSite,
	coords: readonly (number | string)[],
): Promise<RecordedSite> {
	const { timeSeries } = site;
	const [latitude = null, longitude = null] = coords.map(Number);
	const named = (pattern: RegExp) =>
		[...timeSeries.numbers.keys()].flatMap((column) => pattern.exec(column)?.[1] ?? []);
	const members = named(/^actor_states\.(.+)\.power$/).map((one) => ({
		...{
			name: one,
			kind: /replica-\d+$/.test(one) ? 'replica' : (/solar|wind/.exec(one)?.[0] ?? 'load'),
		},
		about: {},
	}));
	const batteries = named(/^dispatch_states\.(.+)\.soc$/).map((one) => ({
		...{ name: one, kind: 'battery', about: { capacityWh: 1000 } },
	}));
	return {
		about: { name, location: name, latitude, longitude, actors: [...members, ...batteries] },
		series: timeSeries,
		usage: await site.table('usage.csv'),
	};
}

/** The values of a recording in a step. */
export function snapshotAt({ sites, stepUs }: Recording, at: number) {
	// What has ended begins again: a test may want more steps than there are.
	const step = at % (sites[0]?.series.rows ?? 1);
	return {
		simUs: at * stepUs,
		sites: sites.map((site) => siteAt(site, step)),
		replicas: sites.flatMap((site) => replicasAt(site, step, stepUs)),
	};
}

function siteAt({ about, series }: RecordedSite, step: number) {
	const at = (column: string) => finite(series.numbers.get(column)?.[step]);
	return {
		name: about.name,
		gridW: at('p_grid'),
		carbonGPerKwh: at('grid_signals.carbon') ?? at(`grid_signals.${about.name}-carbon`),
		priceUsdPerKwh: at('grid_signals.price'),
		capW: at('policy_state.cap_per_gpu'),
		latency: {
			ttftP50S: 0.2 + 0.05 * Math.sin(step / 9),
			ttftP99S: 0.9 + 0.3 * Math.sin(step / 7),
			e2eP99S: 14 + 3 * Math.sin(step / 11),
		},
		actors: about.actors
			.filter(({ kind }) => kind !== 'battery')
			.map(({ name, kind }) => ({ name, kind, powerW: at(`actor_states.${name}.power`) })),
		batteries: about.actors
			.filter(({ kind }) => kind === 'battery')
			.map(({ name }) => ({
				name,
				soc: at(`dispatch_states.${name}.soc`),
				powerW: at(`dispatch_states.${name}.current_power`),
			})),
	};
}

function replicasAt({ about, series, usage }: RecordedSite, step: number, stepUs: number) {
	const names = usage?.texts.get('replica') ?? [];
	const times = usage?.numbers.get('time_s');
	const from = times?.findIndex((time) => time * 1e6 >= step * stepUs) ?? -1;
	if (usage === null || from < 0) return [];
	const replicas = about.actors.filter(({ kind }) => kind === 'replica');
	return replicas.map(({ name }) => {
		const row = names.indexOf(name, from);
		const at = (column: string) => (row < 0 ? null : finite(usage.numbers.get(column)?.[row]));
		const powerW = finite(series.numbers.get(`actor_states.${name}.power`)?.[step]);
		return {
			...{
				name,
				site: about.name,
				model: 'Meta-Llama-3-8B',
				powerW,
			},
			...{
				running: at('running'),
				waiting: at('waiting'),
				kvUsed: at('kv_used'),
				busy: at('busy'),
			},
			completed: step * 45,
		};
	});
}

function finite(value: number | undefined): number | null {
	return value === undefined || !Number.isFinite(value) ? null : value;
}

/** The rows of a site up to a step, thinned to each n-th. */
export function historyOf(
	{ sites, stepUs }: Recording,
	name: string | null,
	query: { from: number; to: number; points: number; upTo: number; table: string },
) {
	const site = sites.find(({ about }) => about.name === name) ?? sites[0];
	const { from, to, points, upTo, table } = query;
	const all = Array.from(
		{ length: Math.min(upTo, site?.series.rows ?? 0) },
		(_, step) => step,
	).filter((step) => step * stepUs >= from && step * stepUs < to);
	const perBucket = Math.max(1, Math.ceil(all.length / points));
	const kept = all.filter((step) => step % perBucket === 0);
	const sums = (column: 'running' | 'waiting') =>
		kept.map((step) =>
			site === undefined
				? null
				: replicasAt(site, step, stepUs).reduce((sum, replica) => sum + (replica[column] ?? 0), 0),
		);
	const columns =
		table === 'usage'
			? ([
					['running', sums('running')],
					['waiting', sums('waiting')],
				] as const)
			: [...(site?.series.numbers ?? [])].map(
					([column, values]) => [column, kept.map((step) => finite(values[step]))] as const,
				);
	return {
		...{ site: site?.about.name ?? '', table, rows: all.length, perBucket },
		timeUs: kept.map((step) => step * stepUs),
		columns: Object.fromEntries(columns),
		units: {},
	};
}
