import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { ROUNDING } from '../../protocol/rounding.ts';

/** One thing that may go without power: a load of the configuration's members, or the replicas in part. */
export const ShedEntry = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('load'),
		name: Name,
		/** Off the grid it is also shed while the batteries hold less than this share; 0: no. */
		belowSoc: z.number().min(0).max(1),
	}),
	z.strictObject({
		type: z.literal('replicas'),
		capWPerGpu: z.number().positive({ error: 'a power cap is above 0 W' }),
		belowSoc: z.number().min(0).max(1),
	}),
]);
export type ShedEntry = z.infer<typeof ShedEntry>;

export const Shedding = z.strictObject({
	/** The first is shed first. */
	order: z.array(ShedEntry),
	/** How far above the state of charge at which it began the batteries have to be before it ends. */
	hysteresisSoc: z.number().min(0),
});
export type Shedding = z.infer<typeof Shedding>;

/**
 * For each entry the state of charge at which it ends; null: it is not active. A load that is shed in part to
 * serve a deficit is not remembered: its demand is known in every step.
 */
export type ShedState = (number | null)[];

/** What shedding reads. */
interface ShedView {
	readonly isConnected: boolean;
	readonly deltaW: number;
	/** NaN without a battery. */
	readonly soc: number;
}

/** Brings the entries that states of charge begin and end up to date; `state` is overwritten. */
export function updateShedding(shedding: Shedding, state: ShedState, view: ShedView): void {
	for (let i = 0; i < state.length; i++) {
		const { belowSoc } = shedding.order[i] as ShedEntry;
		if (view.isConnected) state[i] = null;
		else if (view.soc < belowSoc)
			state[i] = Math.max(state[i] ?? 0, belowSoc + shedding.hysteresisSoc);
		else if (state[i] !== null && hasEnded(state[i] as number, view)) state[i] = null;
	}
}

function hasEnded(untilSoc: number, { soc, deltaW }: ShedView): boolean {
	return Number.isNaN(soc) ? deltaW >= 0 : soc >= Math.min(1, untilSoc);
}

/** The demand of the loads that a state of charge has shed, W. */
export function shedBySocW(
	shedding: Shedding,
	state: ShedState,
	demandW: (name: string) => number,
): number {
	let shedW = 0;
	for (let i = 0; i < state.length; i++) {
		const entry = shedding.order[i] as ShedEntry;
		if (entry.type === 'load' && state[i] !== null) shedW += demandW(entry.name);
	}
	return shedW;
}

/**
 * A deficit that nothing serves goes down the order: loads give what they take in this step, replicas are
 * capped from the next step on. What is left after that goes unserved wherever it occurs; all of it is booked.
 *
 * @returns nothing; entries of replicas that the deficit reached are active afterwards
 */
export function shedDeficit(
	shedding: Shedding,
	state: ShedState,
	deficit: { readonly deficitW: number; readonly grossW: number; readonly soc: number },
	demandW: (name: string) => number,
): void {
	let leftW = deficit.deficitW;
	const slackW = ROUNDING * deficit.grossW;
	for (let i = 0; i < state.length && leftW > slackW; i++) {
		const entry = shedding.order[i] as ShedEntry;
		if (entry.type === 'replicas') {
			const soc = Number.isNaN(deficit.soc) ? 0 : deficit.soc;
			state[i] ??= soc + shedding.hysteresisSoc;
			continue;
		}
		if (state[i] === null) leftW -= demandW(entry.name);
	}
}

/** The strictest cap of the active entries, W per GPU; Infinity if there is none. */
export function shedCapW(shedding: Shedding, state: ShedState): number {
	let capW = Number.POSITIVE_INFINITY;
	for (let i = 0; i < state.length; i++) {
		const entry = shedding.order[i] as ShedEntry;
		if (entry.type === 'replicas' && state[i] !== null) capW = Math.min(capW, entry.capWPerGpu);
	}
	return capW;
}
