import type { Grant, Stop, Wired } from '../../protocol/messages.ts';
import type { SimTime } from '../../protocol/time.ts';

/**
 * Where a host is in the course of a run, as far as the coordinator's requests go. Plain data: which request may come
 * next follows from it alone, and a request that does not fit is refused without effect.
 */
export interface HostPhase {
	/** The end of the run. */
	readonly untilUs: SimTime;
	/** The host's own actors: the graph must have each of them. */
	readonly actors: readonly string[];
	readonly wired: Wired | null;
	/** The window granted last. */
	readonly grant: Grant | null;
	/** Its actors have executed it. */
	readonly isDone: boolean;
	readonly stop: Stop | null;
}

/** What to do with a request: carry it out, answer as before (it came before), or refuse it. */
export type Verdict =
	| { readonly type: 'act' }
	| { readonly type: 'repeat' }
	| { readonly type: 'refuse'; readonly reason: string };

const ACT: Verdict = { type: 'act' };
const REPEAT: Verdict = { type: 'repeat' };

export function startPhase(actors: readonly string[], untilUs: SimTime): HostPhase {
	return { untilUs, actors, wired: null, grant: null, isDone: false, stop: null };
}

/** The phase after a request, and what to do with it. A refused one leaves the phase as it is. */
export function onRequest(
	phase: HostPhase,
	request: Wired | Grant | Stop,
): readonly [HostPhase, Verdict] {
	const last = { wired: phase.wired, grant: phase.grant, stop: phase.stop }[request.type];
	if (last !== null && isSame(last, request)) return [phase, REPEAT];
	const reason = phase.stop === null ? refusalOf(phase, request) : 'the run is over';
	if (reason !== null) return [phase, { type: 'refuse', reason }];
	if (request.type === 'wired') return [{ ...phase, wired: request }, ACT];
	if (request.type === 'grant') return [{ ...phase, grant: request, isDone: false }, ACT];
	return [{ ...phase, stop: request }, ACT];
}

/** The window granted last is executed. */
export function onDone(phase: HostPhase): HostPhase {
	return { ...phase, isDone: true };
}

function refusalOf(phase: HostPhase, request: Wired | Grant | Stop): string | null {
	if (request.type === 'wired') return wiredRefusal(phase, request);
	return request.type === 'grant' ? grantRefusal(phase, request) : stopRefusal(phase, request);
}

function wiredRefusal({ wired, actors }: HostPhase, { components }: Wired): string | null {
	if (wired !== null) return 'the graph is known already';
	const names = components.flat();
	const known = new Set(names);
	if (known.size !== names.length) return 'its graph has an actor twice';
	const missing = actors.find((name) => !known.has(name));
	return missing === undefined ? null : `its graph lacks "${missing}"`;
}

function grantRefusal({ wired, grant, isDone, untilUs }: HostPhase, next: Grant): string | null {
	if (wired === null) return 'the graph is not known yet';
	const window = grant === null ? 0 : grant.window + 1;
	if (grant !== null && !isDone && next.window >= window)
		return `window ${grant.window} is not done`;
	if (next.window !== window) return `it is for window ${next.window}, not ${window}`;
	const attempt = grant?.attempt ?? 0;
	if (next.attempt !== attempt) return `it is for attempt ${next.attempt}, not ${attempt}`;
	const fromUs = grant?.untilUs ?? 0;
	if (next.fromUs !== fromUs) return `its window begins at ${next.fromUs} us, not ${fromUs}`;
	if (next.untilUs <= fromUs || next.untilUs > untilUs)
		return `its window ends at ${next.untilUs} us, not within ${fromUs} and ${untilUs}`;
	return null;
}

function stopRefusal({ grant, isDone, untilUs }: HostPhase, stop: Stop): string | null {
	const { simulatedUntilUs, outcome } = stop;
	const isEnd = isDone && simulatedUntilUs === grant?.untilUs;
	if (!isEnd && simulatedUntilUs !== (grant?.fromUs ?? 0))
		return `no window that is done ends at ${simulatedUntilUs} us`;
	if (outcome === 'complete' && simulatedUntilUs !== untilUs)
		return `the run is complete at ${untilUs} us, not at ${simulatedUntilUs}`;
	return null;
}

/** Requests are plain data with their fields in the order of the schema. */
function isSame(one: Wired | Grant | Stop, other: Wired | Grant | Stop): boolean {
	return JSON.stringify(one) === JSON.stringify(other);
}
