import * as z from 'zod';
import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';
import { Column } from './columns.ts';

/** Members that make power and that the report shows apart from the sun's. */
interface Producers {
	/** Stem of its key in summaries. */
	readonly kind: string;
	/** What they make it of. */
	readonly noun: string;
	/** Of the page's style. */
	readonly color: string;
}

/** What one kind of them made. */
export interface ProducerSeries extends Producers {
	readonly powerW: Float64Array;
}

const Names = z.array(z.string()).catch([]);

/** Adds up what each kind of them made, row by row of timeseries.csv. */
export class ProducerSums {
	readonly #parts: { producers: Producers; indexes: readonly number[]; powerW: Column }[];

	/** @param header names of the columns */
	constructor({ gridbeat }: RunMetadata, header: readonly string[]) {
		const keys = gridbeat as Readonly<Record<string, unknown>>;
		this.#parts = DECLARED_KINDS.flatMap(({ kind, shown: { noun, color } }) => {
			const names = Names.parse(keys[`${kind}_names`] ?? []);
			if (names.length === 0) return [];
			const columns = new Set(names.map((name) => `actor_states.${name}.power`));
			const indexes = [...header.keys()].filter((index) => columns.has(header[index] ?? ''));
			return [{ producers: { kind, noun, color }, indexes, powerW: new Column() }];
		});
	}

	add(row: readonly string[]): void {
		for (const { indexes, powerW } of this.#parts) {
			let sumW = 0;
			for (const index of indexes) sumW += Number(row[index]);
			powerW.push(sumW);
		}
	}

	/** Of the kinds that the run has, a value a row. */
	series(): ProducerSeries[] {
		return this.#parts.map(({ producers, powerW }) => ({ ...producers, powerW: powerW.values() }));
	}
}

/** Parts of the production that are shown apart, by their keys in summaries, such as `windKwh`; NaN for none. */
export function partsOf(energyKwh: (kind: string) => number): Readonly<Record<string, number>> {
	return Object.fromEntries(DECLARED_KINDS.map(({ kind }) => [partKey(kind), energyKwh(kind)]));
}

/** One of these parts of an energy summary, kWh; NaN where there is none. */
export function partOf(energy: object, kind: string): number {
	return new Map<string, number>(Object.entries(energy)).get(partKey(kind)) ?? Number.NaN;
}

/** The kinds that made any, with what they made; the rest of all production is the sun's. */
export function madeBy(energy: object): { readonly noun: string; readonly kwh: number }[] {
	return DECLARED_KINDS.flatMap(({ kind, shown: { noun } }) => {
		const kwh = partOf(energy, kind);
		return Number.isNaN(kwh) ? [] : [{ noun, kwh }];
	});
}

const partKey = (kind: string): string => `${kind}Kwh`;

/** `Wind` */
export function capitalised(word: string): string {
	return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
