import { compareNames } from '../../protocol/readings.ts';
import { cellNumber } from './columns.ts';
import type { Steps } from './run.ts';

/** Energy of replicas by what it was for, Wh: on the GPUs, and of the facility, all that it adds included. */
export interface ReplicaEnergy {
	readonly name: string;
	prefillWh: number;
	decodeWh: number;
	idleWh: number;
	facilityWh: number;
}

/** What usage.csv says of energies: by step over all replicas, and by replica over the run. */
export interface StepEnergies {
	readonly prefillWh: Float64Array;
	readonly decodeWh: Float64Array;
	readonly idleWh: Float64Array;
	readonly facilityWh: Float64Array;
	readonly replicas: readonly ReplicaEnergy[];
}

const COLUMNS = {
	prefillWh: 'prefill_energy',
	decodeWh: 'decode_energy',
	idleWh: 'idle_energy',
	facilityWh: 'energy',
} as const;
type Part = keyof typeof COLUMNS;
const PARTS = Object.keys(COLUMNS) as Part[];

/** Adds up the energies of rows of usage.csv. */
export class EnergySums {
	readonly #sums: Record<Part, Float64Array>;
	readonly #replicas = new Map<string, ReplicaEnergy>();
	readonly #stepS: number;
	#at: readonly number[] = [];

	constructor({ count, stepS }: Steps) {
		const zeros = () => new Float64Array(count);
		this.#sums = { prefillWh: zeros(), decodeWh: zeros(), idleWh: zeros(), facilityWh: zeros() };
		this.#stepS = stepS;
	}

	/** Takes the header in. */
	begin(header: readonly string[]): void {
		this.#at = PARTS.map((part) => header.indexOf(COLUMNS[part]));
	}

	add(row: readonly string[]): void {
		const name = row[1] ?? '';
		let replica = this.#replicas.get(name);
		if (replica === undefined) {
			replica = { name, prefillWh: 0, decodeWh: 0, idleWh: 0, facilityWh: 0 };
			this.#replicas.set(name, replica);
		}
		const step = Math.round(cellNumber(row[0]) / this.#stepS);
		for (const [i, part] of PARTS.entries()) {
			const wh = cellNumber(row[this.#at[i] as number]);
			const sums = this.#sums[part];
			// The books may end before the replicas do.
			if (step < sums.length) sums[step] = (sums[step] as number) + wh;
			if (step < sums.length) replica[part] += wh;
		}
	}

	/** Null where the file does not tell energies apart. */
	result(): StepEnergies | null {
		if (this.#at.some((index) => index < 0)) return null;
		const replicas = [...this.#replicas.values()];
		return { ...this.#sums, replicas: replicas.sort((a, b) => compareNames(a.name, b.name)) };
	}
}
