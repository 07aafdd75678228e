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

/** What members of the user's own kinds make (what they draw is load), and loads that are none: they produce. */
const OTHER: Producers = { kind: 'other', noun: 'other', color: 'high' };

/** The sun, as words before "production" and as a colour: what no other kind claims of the production. */
export const USUAL = DECLARED_KINDS.filter(({ isUsual }) => isUsual === true).map(
	({ shown: { adjective, color } }) => ({ adjective, color }),
)[0] ?? { adjective: 'own', color: 'high' };

const SHOWN: readonly Producers[] = [
	...DECLARED_KINDS.filter(({ isUsual }) => isUsual !== true).map(
		({ kind, shown: { noun, color } }) => ({ kind, noun, color }),
	),
	OTHER,
];

/** Adds up what each kind of them made, row by row of timeseries.csv. */
export class ProducerSums {
	readonly #parts: { producers: Producers; indexes: readonly number[]; powerW: Column }[];

	/** @param header names of the columns */
	constructor({ gridbeat }: RunMetadata, header: readonly string[]) {
		const keys = gridbeat as Readonly<Record<string, unknown>>;
		const own = (gridbeat.own_kinds ?? []).filter(({ role }) => role === 'member');
		this.#parts = SHOWN.flatMap((producers) => {
			const names = [
				...Names.parse(keys[`${producers.kind}_names`] ?? []),
				...(producers === OTHER ? own.map(({ name }) => name) : []),
			];
			if (names.length === 0) return [];
			const columns = new Set(names.map((name) => `actor_states.${name}.power`));
			const indexes = [...header.keys()].filter((index) => columns.has(header[index] ?? ''));
			return [{ producers, indexes, powerW: new Column() }];
		});
	}

	add(row: readonly string[]): void {
		for (const { producers, indexes, powerW } of this.#parts) {
			let sumW = 0;
			for (const index of indexes) {
				const memberW = Number(row[index]);
				sumW += producers === OTHER ? Math.max(0, memberW) : memberW;
			}
			powerW.push(sumW);
		}
	}

	/** Of the kinds that the run has, a value a row. */
	series(): ProducerSeries[] {
		return this.#parts
			.map(({ producers, powerW }) => ({ ...producers, powerW: powerW.values() }))
			.filter(({ kind, powerW }) => kind !== OTHER.kind || powerW.some((watts) => watts > 0));
	}
}

/** Parts of the production that are shown apart, by their keys in summaries, such as `windKwh`; NaN for none. */
export function partsOf(energyKwh: (kind: string) => number): Readonly<Record<string, number>> {
	return Object.fromEntries(
		SHOWN.map(({ kind }) => [partKey(kind), energyKwh(kind)] as const).filter(
			([key, kwh]) => key !== partKey(OTHER.kind) || !Number.isNaN(kwh),
		),
	);
}

/** One of these parts of an energy summary, kWh; NaN where there is none. */
export function partOf(energy: object, kind: string): number {
	return new Map<string, number>(Object.entries(energy)).get(partKey(kind)) ?? Number.NaN;
}

/** The kinds that made any, with what they made; the rest of all production is the sun's. */
export function madeBy(energy: object): { readonly noun: string; readonly kwh: number }[] {
	return SHOWN.flatMap(({ kind, noun }) => {
		const kwh = partOf(energy, kind);
		return Number.isNaN(kwh) ? [] : [{ noun, kwh }];
	});
}

const partKey = (kind: string): string => `${kind}Kwh`;

/** `Wind` */
export function capitalised(word: string): string {
	return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
