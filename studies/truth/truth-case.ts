import type { Json } from '../../kernel/files/canonical.ts';

/** Where measurements are from; a family is run and judged as one. */
export const FAMILIES = ['blis', 'mlenergy', 'inferencex', 'llmservingsim', 'vidur'] as const;
export type FamilyName = (typeof FAMILIES)[number];

/** What is compared, with its unit and its words. */
export const QUANTITIES = {
	ttftMeanMs: { unit: 'ms', text: 'TTFT, mean' },
	ttftP50Ms: { unit: 'ms', text: 'TTFT, p50' },
	ttftP90Ms: { unit: 'ms', text: 'TTFT, p90' },
	ttftP99Ms: { unit: 'ms', text: 'TTFT, p99' },
	tpotMeanMs: { unit: 'ms', text: 'TPOT, mean' },
	tpotP50Ms: { unit: 'ms', text: 'TPOT, p50' },
	tpotP90Ms: { unit: 'ms', text: 'TPOT, p90' },
	tpotP99Ms: { unit: 'ms', text: 'TPOT, p99' },
	itlMeanMs: { unit: 'ms', text: 'ITL, mean' },
	itlMedianMs: { unit: 'ms', text: 'ITL, median' },
	e2eMeanMs: { unit: 'ms', text: 'end to end, mean' },
	e2eP50Ms: { unit: 'ms', text: 'end to end, p50' },
	e2eP90Ms: { unit: 'ms', text: 'end to end, p90' },
	e2eP99Ms: { unit: 'ms', text: 'end to end, p99' },
	outputTokensPerS: { unit: 'tokens/s', text: 'output tokens' },
	meanBatch: { unit: 'requests', text: 'requests in a batch' },
	powerW: { unit: 'W', text: 'power of a GPU' },
	energyJPerToken: { unit: 'J', text: 'energy of an output token' },
	timeS: { unit: 's', text: 'time to the last completion' },
	mfuPercent: { unit: '%', text: 'MFU' },
} as const;
export type Quantity = keyof typeof QUANTITIES;

/** Figures by quantity; one that is not there was not measured, or cannot be told. */
export type Figures = Readonly<Partial<Record<Quantity, number>>>;

/**
 * How a case is looked at: `requests`: all requests of the run; `steady`: the time in which as many requests run as may, with
 * others waiting; `experiment`: a published run of Vidur-Energy, by its row.
 */
export type Protocol = 'requests' | 'steady' | 'experiment';

/** A measured run, and the scenario by which it is simulated. */
export interface TruthCase {
	readonly family: FamilyName;
	/** What tells it from the others of its family. */
	readonly id: string;
	/** Groups that it counts in, the widest first. */
	readonly groups: readonly string[];
	readonly model: string;
	/** GPUs and what they serve, for people. */
	readonly server: string;
	readonly workload: string;
	readonly protocol: Protocol;
	/** GPUs of all replicas together. */
	readonly gpus: number;
	/** As a user would write it; of an experiment its row. */
	readonly scenario: Json;
	/** Files beside the scenario, by name. */
	readonly files: Readonly<Record<string, string>>;
	readonly measured: Figures;
	/** Whether it is among the few that are run where time is short. */
	readonly isQuick: boolean;
}

/** What a case came to: figures, or why there are none. */
export interface TruthResult {
	readonly of: TruthCase;
	readonly simulated: Figures;
	/** Why it was not simulated; null: it was. */
	readonly refusal: string | null;
}

/** A source of measurements. */
export interface Family {
	readonly name: FamilyName;
	readonly title: string;
	readonly source: string;
	readonly workload: string;
	/** What of the product was fitted to it, and what was not. */
	readonly fitted: string;
	readonly heldOut: string;
	/** Its cases; null where its figures are not on this machine. */
	cases(data: TruthData): readonly TruthCase[] | null;
}

/** Where figures lie. */
export interface TruthData {
	/** Text of a table that ships with the project. */
	shipped(name: string): string;
	/** Text of one that may not be shipped, or null where it is not there. */
	unshipped(path: string): string | null;
}
