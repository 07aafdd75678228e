import { compareNames } from '../../protocol/readings.ts';
import { USAGE } from '../../protocol/run-folder/usage.ts';
import { cellNumber } from './columns.ts';
import type { Steps } from './steps.ts';

/** What a kWh of load is to answer for in each step, and cost; null where that is not known. */
export interface LoadRates {
	readonly gPerKwh: Float64Array | null;
	readonly usdPerKwh: Float64Array | null;
}

/** A replica's energy by what it was for, Wh, with its carbon, g, and what it cost, USD; NaN where that is not known. */
export interface ReplicaEnergy {
	readonly name: string;
	/** On the GPUs; `sleepWh` is part of `idleWh`. */
	prefillWh: number;
	decodeWh: number;
	idleWh: number;
	sleepWh: number;
	/** Its part of servers and network. */
	serverWh: number;
	/** All of it, with what the facility adds. */
	facilityWh: number;
	/** Carbon of the energy on the GPUs, and of all of it. */
	gpuG: number;
	facilityG: number;
	/** Of all of it, at what its imports cost when they were bought. */
	energyUsd: number;
}

/** What usage.csv says of energies: by step over all replicas, and by replica over the run. */
export interface StepEnergies {
	readonly prefillWh: Float64Array;
	readonly decodeWh: Float64Array;
	readonly idleWh: Float64Array;
	readonly sleepWh: Float64Array;
	readonly serverWh: Float64Array;
	readonly facilityWh: Float64Array;
	readonly replicas: readonly ReplicaEnergy[];
}

const COLUMNS = {
	prefillWh: 'prefill_energy',
	decodeWh: 'decode_energy',
	idleWh: 'idle_energy',
	facilityWh: 'energy',
	sleepWh: 'sleep_energy',
	serverWh: 'host_energy',
} as const;
type Part = keyof typeof COLUMNS;
const PARTS = Object.keys(COLUMNS) as Part[];
/** Columns that are there only where there is any such energy. */
const OPTIONAL: ReadonlySet<Part> = new Set(['sleepWh', 'serverWh']);

/** Adds up the energies of rows of usage.csv. */
export class EnergySums {
	readonly #sums: Record<Part, Float64Array>;
	readonly #replicas = new Map<string, ReplicaEnergy>();
	readonly #rates: LoadRates;
	readonly #stepS: number;
	#at: readonly number[] = [];
	#time = -1;
	#who = -1;

	constructor({ count, stepS }: Steps, rates: LoadRates) {
		const zeros = () => new Float64Array(count);
		this.#sums = Object.fromEntries(PARTS.map((part) => [part, zeros()])) as Record<
			Part,
			Float64Array
		>;
		this.#rates = rates;
		this.#stepS = stepS;
	}

	/** Takes the header in. */
	begin(header: readonly string[]): void {
		this.#time = USAGE.placeIn(header, 'time_s');
		this.#who = USAGE.placeIn(header, 'replica');
		this.#at = PARTS.map((part) => USAGE.placeIn(header, COLUMNS[part]));
	}

	add(row: readonly string[]): void {
		const step = Math.round(cellNumber(row[this.#time]) / this.#stepS);
		const replica = this.#replicaOf(row[this.#who] ?? '');
		// The books may end before the replicas do.
		if (step >= this.#sums.facilityWh.length) return;
		let gpuWh = 0;
		for (const [i, part] of PARTS.entries()) {
			const at = this.#at[i] as number;
			const wh = at < 0 && OPTIONAL.has(part) ? 0 : cellNumber(row[at]);
			const sums = this.#sums[part];
			sums[step] = (sums[step] as number) + wh;
			replica[part] += wh;
			if (part === 'prefillWh' || part === 'decodeWh' || part === 'idleWh') gpuWh += wh;
		}
		const facilityWh = cellNumber(row[this.#at[PARTS.indexOf('facilityWh')] as number]);
		const { gPerKwh, usdPerKwh } = this.#rates;
		replica.gpuG += (gpuWh / 1000) * (gPerKwh?.[step] ?? Number.NaN);
		replica.facilityG += (facilityWh / 1000) * (gPerKwh?.[step] ?? Number.NaN);
		replica.energyUsd += (facilityWh / 1000) * (usdPerKwh?.[step] ?? Number.NaN);
	}

	#replicaOf(name: string): ReplicaEnergy {
		let replica = this.#replicas.get(name);
		if (replica === undefined) {
			const parts = {
				prefillWh: 0,
				decodeWh: 0,
				idleWh: 0,
				sleepWh: 0,
				serverWh: 0,
				facilityWh: 0,
			};
			replica = { name, ...parts, gpuG: 0, facilityG: 0, energyUsd: 0 };
			this.#replicas.set(name, replica);
		}
		return replica;
	}

	/** Null where the file does not report energies apart. */
	result(): StepEnergies | null {
		const isMissing = (part: Part, i: number) => (this.#at[i] as number) < 0 && !OPTIONAL.has(part);
		if (this.#at.length === 0 || PARTS.some(isMissing)) return null;
		const replicas = [...this.#replicas.values()];
		return { ...this.#sums, replicas: replicas.sort((a, b) => compareNames(a.name, b.name)) };
	}
}
