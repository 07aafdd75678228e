import type { Origin } from '../../protocol/origin.ts';
import type { StepParts } from './compile.ts';
import { type Evidence, weakestOf } from './evidence.ts';
import type { KernelSet } from './kernel-set.ts';

/** An operator of a step, and how its time is known. */
export interface StepRow {
	readonly operator: string;
	readonly evidence: Evidence;
	readonly source: string;
	/** How often it runs in a layer; the head runs once a step. */
	readonly perLayer: number;
}

/** What a step is made of, operator by operator. */
export function stepRows(parts: StepParts): StepRow[] {
	return [
		...parts.operators.map(({ what, curve, perLayer }) => ({
			...{ operator: what, evidence: curve.evidence, source: curve.source, perLayer },
		})),
		...parts.attention.flatMap(({ what, perLayer, prompts, decode }) => [
			row(`${what} of prompts`, prompts, perLayer),
			row(`${what} of answers`, decode, perLayer),
		]),
		...parts.head.map((curve) => row('output head', curve, 0)),
		row('sending to the next stage', parts.send, 0),
	];
}

function row(
	operator: string,
	{ evidence, source }: { readonly evidence: Evidence; readonly source: string },
	perLayer: number,
): StepRow {
	return { operator, evidence, source, perLayer };
}

/** Where the times of a step are from, as good as its weakest matrix or attention. */
export function stepOrigin({ gpu, version }: KernelSet, parts: StepParts): Origin {
	const rows = stepRows(parts);
	const large = rows.filter(({ source }) => !source.includes('bandwidth'));
	const count = (evidence: Evidence) => rows.filter((one) => one.evidence === evidence).length;
	const weakest = weakestOf(large.map(({ evidence }) => evidence));
	const label =
		weakest === 'modelled' ? 'extrapolated' : weakest === 'interpolated' ? 'fitted' : 'measured';
	return {
		label,
		source:
			`kernels of ${gpu.name.toUpperCase()} in vLLM ${version}, profiling-data/kernels (ai-dynamo/aiconfigurator 095f58a): of ` +
			`${rows.length} operators ${count('measured')} measured, ${count('interpolated')} interpolated, ${count('modelled')} modelled ` +
			'(gridbeat profiles show)',
	};
}
