import { TIMESERIES } from '../../protocol/run-folder/timeseries.ts';

/** What a member of a microgrid made and drew over the run, Wh. */
export interface MemberEnergy {
	readonly name: string;
	readonly producedWh: number;
	readonly consumedWh: number;
}

const memberOf = (name: string) => TIMESERIES.partOf('actor_states.<name>.power', name);

/** Adds up the power of each member, a column of timeseries.csv: production +, consumption -. */
export class MemberSums {
	/** Places of the members' columns. */
	readonly columns: readonly number[];
	readonly #names: readonly string[];
	readonly #producedW: Float64Array;
	readonly #consumedW: Float64Array;

	constructor(header: readonly string[]) {
		this.columns = header.flatMap((name, index) => (memberOf(name) === null ? [] : [index]));
		this.#names = header.flatMap((name) => memberOf(name) ?? []);
		this.#producedW = new Float64Array(this.columns.length);
		this.#consumedW = new Float64Array(this.columns.length);
	}

	/** Power of the `m`-th member in a row, W. */
	add(m: number, powerW: number): void {
		const sums = powerW > 0 ? this.#producedW : this.#consumedW;
		sums[m] = (sums[m] as number) + Math.abs(powerW);
	}

	/** In the order of their columns, of rows of `stepS` seconds. */
	energies(stepS: number): MemberEnergy[] {
		const wh = (sums: Float64Array, m: number) => ((sums[m] as number) * stepS) / 3600;
		return this.#names.map((name, m) => ({
			...{ name, producedWh: wh(this.#producedW, m), consumedWh: wh(this.#consumedW, m) },
		}));
	}
}
