import type { WireInput } from '../../../kernel/actor/contract.ts';
import { REQUEST_METRICS } from '../../../protocol/run-folder/requests.ts';
import type { RecorderConfig } from '../config.ts';

/** All that one actor says on one port. */
export interface Tape {
	source: string;
	rows: [timeUs: number, values: number[]][];
}

/** A wire that plays a tape. */
export class TapeWire implements WireInput {
	readonly source: string;
	readonly knownUntilUs = Number.POSITIVE_INFINITY;
	timeUs = Number.NaN;
	readonly #rows: Tape['rows'];
	#next = 0;

	constructor(tape: Tape) {
		this.source = tape.source;
		this.#rows = tape.rows;
	}

	/** Forgets all rows before `timeUs`. */
	skip(timeUs: number): void {
		while (this.nextUs() < timeUs) this.#next += 1;
	}

	seek(timeUs: number): boolean {
		while (this.take(timeUs + 1));
		return this.#next > 0;
	}

	value(field: number): number {
		return this.#rows[this.#next - 1]?.[1][field] ?? Number.NaN;
	}

	nextUs(): number {
		return this.#rows[this.#next]?.[0] ?? Number.POSITIVE_INFINITY;
	}

	take(untilUs: number): boolean {
		if (this.nextUs() >= untilUs) return false;
		this.timeUs = this.nextUs();
		this.#next += 1;
		return true;
	}
}

export const FILES = ['timeseries.csv', 'request_metrics.csv', 'usage.csv', 'weather.csv'];

const REQUEST_FIELDS = ['request_id', 'arrived_at', ...REQUEST_METRICS];

/** Two hours from 00:30 of the night in which Los Angeles leaves summer time. */
export function recordingConfig(folder: string): RecorderConfig {
	return {
		folder,
		root: folder,
		run: null,
		microgrid: 'site',
		startEpochMs: Date.parse('2026-11-01T07:30:00Z'),
		timezone: 'America/Los_Angeles',
		mode: 'grid-connected',
		books: [
			{ name: 'p_delta', unit: 'W' },
			{ name: 'p_grid', unit: 'W' },
			{ name: 'actor_states.datacenter.power', unit: 'W' },
			{ name: 'actor_states.solar.power', unit: 'W' },
			{ name: 'policy_state.charge_power', unit: 'W' },
			{ name: 'dispatch_states.battery.soc', unit: '1' },
			{ name: 'dispatch_states.battery.charge_level', unit: 'Wh' },
			{ name: 'grid_signals.carbon_intensity', unit: 'g/kWh' },
			{ name: 'policy_state.cap_per_gpu', unit: 'W' },
		],
		requests: REQUEST_FIELDS.map((name) => ({ name, unit: 's' as const })),
		usage: [
			{ name: 'gpu_power', unit: 'W' },
			{ name: 'outstanding', unit: '1' },
		],
		series: [{ name: 'weather', fields: [{ name: 'ghi', unit: 'W/m2' }] }],
		producers: [{ key: 'solarW', names: ['solar'] }],
		loadNames: ['datacenter'],
		replicas: ['replica-2', 'replica-10'],
		metadata: {
			environment: { name: null, sim_start: '2026-11-01 00:30:00' },
			execution: { start: '2026-11-21T00:00:00.000Z' },
			gridbeat: { seed: 42 },
		},
		untilUs: 7200_000_000,
	};
}

/** The rows of a small run: books, requests, usage and weather, by input port and wire. */
export function rowsOfRun(): Tape[][] {
	const none = Number.POSITIVE_INFINITY;
	const request = (id: number): number[] => REQUEST_FIELDS.map((_, i) => (i === 0 ? id : i / 3));
	const usage = (source: string, base: number): Tape => ({
		source,
		rows: [0, 1, 2, 3].map((k) => [k * 1800e6, [-(base + k), k + 1]]),
	});
	return [
		[
			{
				source: 'controller',
				rows: [
					[0, [-250.5, 0, -400.5, 150, 0, 0.5, 500, 301.25, none]],
					[1800e6, [-250, -50, -400, 150, 0, 0.4, 400, Number.NaN, 250]],
					[3600e6, [1e-7, 0, -0.1, 0.1, 0, 0.3, 300, 299, none]],
					[5400e6, [-0, 0, -0, 0, 0, 0.3, 300, 298, none]],
				],
			},
		],
		// Sources in the order of code units, which is not that of people.
		[
			{
				source: 'replica-10',
				rows: [
					[900e6, request(2)],
					[4000e6, request(5)],
				],
			},
			{
				source: 'replica-2',
				rows: [
					[900e6 - 1, request(3)],
					[900e6, request(1)],
					[1800e6, request(4)],
					[6000e6, request(6)],
				],
			},
		],
		[usage('replica-10', 110), usage('replica-2', 100)],
		[
			{
				source: 'solar',
				rows: [
					[0, [0]],
					[3600e6, [12.5]],
				],
			},
		],
	];
}
