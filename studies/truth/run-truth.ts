import type { Json } from '../../kernel/files/canonical.ts';
import type { Outcome } from '../sweep/job-store.ts';
import { WorkerPool } from '../sweep/worker-pool.ts';
import { type ErrorSummary, errorsOf } from './errors.ts';
import { families } from './families.ts';
import { type Extent, type Judged, judge } from './limits.ts';
import { withSettings } from './server.ts';
import {
	FAMILIES,
	type Family,
	type FamilyName,
	type Figures,
	type TruthCase,
	type TruthData,
	type TruthResult,
} from './truth-case.ts';
import { TRUTH_WORKER } from './worker-script.ts';

/** What is run. */
export interface TruthOptions {
	/** Which families; empty: all. */
	readonly names: readonly FamilyName[];
	/** Only the few cases that are run where time is short. */
	readonly isQuick: boolean;
	/** Only cases whose model contains it; null: all. */
	readonly model: string | null;
	/** Values at dotted paths of the scenarios, in place of those that stand there. */
	readonly settings: ReadonlyMap<string, Json>;
	/** Processes. */
	readonly jobs: number;
	readonly data: TruthData;
	/** Called after each case. */
	done(count: number, all: number): void;
}

/** A family with all that came of it. */
export interface FamilyResult {
	readonly family: Family;
	/** null: its figures are not on this machine. */
	readonly results: readonly TruthResult[] | null;
	readonly errors: readonly ErrorSummary[];
	readonly judged: readonly Judged[];
}

/** Simulates the measured runs of families and sets both side by side. The results do not depend on the number of processes. */
export async function runTruth(options: TruthOptions): Promise<FamilyResult[]> {
	const wanted = options.names.length === 0 ? FAMILIES : options.names;
	const chosen = families.filter(({ name }) => wanted.includes(name));
	const cases = chosen.map((family) => family.cases(options.data)?.filter(isWanted(options)));
	const all = cases.flatMap((own) => own ?? []);
	const results = await runAll(all, options);
	return chosen.map((family, i) => {
		const own = cases[i]?.map((one) => results.get(one) as TruthResult) ?? null;
		const errors = own === null ? [] : errorsOf(own);
		return { family, results: own, errors, judged: judge(family.name, errors, extentOf(options)) };
	});
}

/** Which cases run; what is set otherwise than the product has it is judged by nobody. */
function extentOf({ isQuick, model, settings }: TruthOptions): Extent {
	if (model !== null || settings.size > 0) return 'some';
	return isQuick ? 'quick' : 'all';
}

function isWanted({ isQuick, model }: TruthOptions) {
	const text = model?.toLowerCase() ?? '';
	return (one: TruthCase) => (!isQuick || one.isQuick) && one.model.toLowerCase().includes(text);
}

async function runAll(
	cases: readonly TruthCase[],
	{ jobs, settings, done }: TruthOptions,
): Promise<Map<TruthCase, TruthResult>> {
	const pool = new WorkerPool(TRUTH_WORKER, jobs);
	const results = new Map<TruthCase, TruthResult>();
	let count = 0;
	try {
		await Promise.all(
			cases.map(async (of) => {
				const isOurs = of.protocol !== 'experiment';
				const scenario = isOurs ? withSettings(of.scenario, settings) : of.scenario;
				const spec = { ...of, scenario } as unknown as Json;
				const outcome = await pool.run({ kind: 'truth', hash: of.id, spec });
				results.set(of, resultOf(of, outcome));
				done(++count, cases.length);
			}),
		);
		return results;
	} finally {
		pool.close();
	}
}

function resultOf(of: TruthCase, outcome: Outcome): TruthResult {
	// What differs from run to run, and which names there are, says the command that is given it.
	if ('failure' in outcome)
		return {
			of,
			simulated: {},
			refusal: outcome.failure.replace(/: .*$/, ''),
		};
	return { of, simulated: outcome.result as Figures, refusal: null };
}
