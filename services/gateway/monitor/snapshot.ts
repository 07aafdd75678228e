import type { SimTime } from '../../../protocol/time.ts';
import { type BooksColumns, booksColumns, type UsageColumns, usageColumns } from './columns.ts';
import type { MonitorConfig, MonitoredReplica, MonitoredSite } from './config.ts';
import { type LatencySnapshot, latencyOf } from './recent-requests.ts';
import type { MonitorState, ReplicaState, SiteState } from './state.ts';

/** The values of a run in its last step. Powers are production +, consumption - but where it says so; null: not known. */
export interface MonitorSnapshot {
	/** How far the run is. */
	readonly simUs: SimTime;
	readonly sites: readonly SiteSnapshot[];
	readonly replicas: readonly ReplicaSnapshot[];
}

/** A microgrid in the last step that its controller has booked. */
export interface SiteSnapshot {
	readonly name: string;
	readonly latitude: number;
	readonly longitude: number;
	readonly timezone: string;
	/** Start of the step. */
	readonly rowUs: SimTime | null;
	readonly deltaW: number | null;
	/** Export +, import -. */
	readonly gridW: number | null;
	readonly carbonGPerKwh: number | null;
	readonly marginalGPerKwh: number | null;
	readonly priceUsdPerKwh: number | null;
	/** For each GPU, from the next step on; null: none. */
	readonly capW: number | null;
	readonly curtailedW: number | null;
	readonly unservedW: number | null;
	readonly isGridConnected: boolean;
	/** Members and generators. */
	readonly actors: readonly { name: string; kind: string; powerW: number | null }[];
	readonly batteries: readonly BatterySnapshot[];
	/** Of the last requests that were completed. */
	readonly latency: LatencySnapshot;
}

/** A battery at the start of the step, and what it was charged with in it. */
export interface BatterySnapshot {
	readonly name: string;
	readonly soc: number | null;
	readonly storedWh: number | null;
	readonly capacityWh: number;
	/** Charging +, discharging -. */
	readonly powerW: number | null;
}

/** A replica in the last step that it has reported. */
export interface ReplicaSnapshot {
	readonly name: string;
	readonly site: string;
	readonly model: string;
	readonly device: string;
	readonly gpus: number;
	readonly pool: MonitoredReplica['pool'];
	readonly powerW: number | null;
	/** Of each GPU, without what the facility adds. */
	readonly gpuPowerW: number | null;
	readonly running: number | null;
	readonly waiting: number | null;
	readonly kvUsed: number | null;
	readonly busy: number | null;
	readonly frequencyRatio: number | null;
	/** Part of the step that it was on. */
	readonly on: number | null;
	readonly arrived: number | null;
	readonly rejected: number | null;
	readonly completed: number;
	readonly promptTokens: number;
	readonly outputTokens: number;
	readonly energyJ: number;
}

/** The values of the last step of everybody. */
export function snapshotOf({
	config,
	state,
}: {
	readonly config: MonitorConfig;
	readonly state: MonitorState;
}): MonitorSnapshot {
	const sites = config.sites.map((site, s) => ({ site, its: state.sites[s] as SiteState }));
	return {
		simUs: state.untilUs,
		sites: sites.map(({ site, its }) => siteSnapshot(site, its)),
		replicas: sites.flatMap(({ site, its }) => {
			const columns = usageColumns(site.usage);
			const books = booksColumns(site);
			return site.replicas.map((replica, r) => {
				const member = site.members.findIndex(({ name }) => name === replica.name);
				return {
					...{ site: site.name, powerW: valueAt(its.books, books.members[member] ?? -1) },
					...replicaSnapshot(replica, its.replicas[r] as ReplicaState, columns),
				};
			});
		}),
	};
}

function siteSnapshot(site: MonitoredSite, { books, rowUs, replicas }: SiteState): SiteSnapshot {
	const columns: BooksColumns = booksColumns(site);
	const at = (column: number) => valueAt(books, column);
	const { name, latitude, longitude, timezone } = site;
	return {
		...{ name, latitude, longitude, timezone },
		rowUs: rowUs < 0 ? null : rowUs,
		deltaW: at(columns.delta),
		gridW: at(columns.grid),
		carbonGPerKwh: at(columns.carbon),
		marginalGPerKwh: at(columns.marginal),
		priceUsdPerKwh: at(columns.price),
		capW: at(columns.cap),
		curtailedW: at(columns.curtailed),
		unservedW: at(columns.unserved),
		isGridConnected: at(columns.connected) !== 0,
		latency: latencyOf(replicas.map(({ recent }) => recent)),
		actors: [
			...site.members.map((member, m) => ({
				...member,
				powerW: at(columns.members[m] ?? -1),
			})),
			...site.generators.map((generator, g) => ({
				...{ name: generator, kind: 'generator' },
				powerW: at(columns.generators[g] ?? -1),
			})),
		],
		batteries: site.batteries.map((battery, b) => ({
			...battery,
			soc: at(columns.batteries[b]?.soc ?? -1),
			storedWh: at(columns.batteries[b]?.level ?? -1),
			powerW: at(columns.batteries[b]?.power ?? -1),
		})),
	};
}

function replicaSnapshot(
	{ name, model, device, gpus, pool }: MonitoredReplica,
	{ usage, sums }: ReplicaState,
	columns: UsageColumns,
): Omit<ReplicaSnapshot, 'site' | 'powerW'> {
	const at = (column: number) => valueAt(usage, column);
	const { completed, promptTokens, outputTokens, energyJ } = sums;
	return {
		...{ name, model, device, gpus, pool },
		gpuPowerW: at(columns.gpu_power),
		running: at(columns.running),
		waiting: at(columns.waiting),
		kvUsed: at(columns.kv_used),
		busy: at(columns.busy),
		frequencyRatio: at(columns.frequency_ratio),
		on: columns.on === -1 ? 1 : at(columns.on),
		arrived: at(columns.arrived),
		rejected: at(columns.rejected),
		...{ completed, promptTokens, outputTokens, energyJ },
	};
}

/** The value of a column; null where there is none, or it is no number that JSON knows. */
function valueAt(row: Float64Array, column: number): number | null {
	const value = row[column] ?? Number.NaN;
	return Number.isFinite(value) ? value : null;
}
