import type { SimTime } from '../../protocol/time.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { ReplicaConfig } from './config.ts';
import type { Request } from './engine/admission.ts';

/**
 * Requests between their arrival and the scheduler: they are parsed, put into the template and tokenised, each in a time of its
 * own that only its prompt decides. Plain data.
 */
export interface ApiStage {
	/** Those that the engine has not got, by when they are ready; of equals the one that came first. */
	readonly waiting: { readonly request: Request; readonly readyUs: SimTime }[];
	/** Arrival and readiness, in turns, of all that may be here at the end of the report step. */
	readonly stays: SimTime[];
}

/** Nobody is there. */
export function createApiStage(): ApiStage {
	return { waiting: [], stays: [] };
}

/** How long a request takes there, in whole microseconds, by the tokens of its prompt; null: no time at all. */
export type ApiLatency = (prefillTokens: number) => number;

/** What a configuration says of it; null: nothing. */
export function apiLatency({ api }: Pick<ReplicaConfig, 'api'>): ApiLatency | null {
	if (api === undefined) return null;
	const { apiMs, tokenizeUsPerToken } = api;
	return (prefillTokens) => Math.round(1000 * apiMs + tokenizeUsPerToken * prefillTokens);
}

/** A request arrives, with its own arrival; it will be ready that much later, as one that arrives there then. */
export function enterApi(stage: ApiStage, latency: ApiLatency, request: Request): void {
	const arrivalUs = Math.round(request.arrivedAtS * SECOND_US);
	const readyUs = arrivalUs + latency(request.prefillTokens);
	const { waiting, stays } = stage;
	let place = waiting.length;
	while (place > 0 && (waiting[place - 1] as { readyUs: SimTime }).readyUs > readyUs) place--;
	waiting.splice(place, 0, {
		request: { ...request, arrivedAtS: readyUs / SECOND_US },
		readyUs,
	});
	stays.push(arrivalUs, readyUs);
}

/** Takes those out that are ready before `untilUs`, in order. */
export function leaveApi(
	{ waiting }: ApiStage,
	untilUs: SimTime,
	take: (request: Request, readyUs: SimTime) => void,
): void {
	let count = 0;
	for (const { request, readyUs } of waiting) {
		if (readyUs >= untilUs) break;
		take(request, readyUs);
		count++;
	}
	waiting.splice(0, count);
}

/** How many have arrived before the end of a report step and are not ready then; it is not asked of earlier ones again. */
export function heldAt({ stays }: ApiStage, stepEndUs: SimTime): number {
	let [kept, held] = [0, 0];
	for (let i = 0; i < stays.length; i += 2) {
		const [arrivalUs, readyUs] = [stays[i] as SimTime, stays[i + 1] as SimTime];
		if (readyUs < stepEndUs) continue;
		if (arrivalUs < stepEndUs) held++;
		stays[kept++] = arrivalUs;
		stays[kept++] = readyUs;
	}
	stays.length = kept;
	return held;
}
