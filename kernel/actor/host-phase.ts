import type { OutputsMessage, Stop, Wired } from '../../protocol/messages.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Done, Failed, Grant, Restore } from '../../protocol/window-messages.ts';

/** What the coordinator requires of a host. */
export type HostRequest = Wired | Restore | Grant | Stop;

/** Where a host is in the course of a run. */
export type HostStage =
	/** It makes its actors. */
	| 'making'
	/** Its actors are made, and the graph is awaited. */
	| 'made'
	/** It knows the graph, and the window that follows `start` is awaited. */
	| 'wired'
	/** It fetches what its actors were where the run goes back to. */
	| 'restoring'
	/** It simulates the window granted last. */
	| 'stepping'
	/** Its actors have executed that window. */
	| 'done'
	/** An actor cannot go on: windows are answered with that. */
	| 'failed'
	/** The run is over. */
	| 'ended';

/**
 * The course of a host as a value: which request may come next follows from it alone. The messages in it are those that
 * brought it where it is; said again they are answered as before.
 */
export interface HostPhase {
	readonly stage: HostStage;
	/** Which try of its windows this is; what belongs to another is refused. */
	readonly attempt: number;
	readonly wired: Wired | null;
	/** The way back that was taken last. */
	readonly restore: Restore | null;
	/** Number and start of the first window of this attempt. */
	readonly start: { readonly window: number; readonly fromUs: SimTime };
	/** The window granted last in this attempt. */
	readonly grant: Grant | null;
	/** What was said of it once it was executed. */
	readonly done: Done | null;
	readonly failed: Failed | null;
	readonly stop: Stop | null;
}

/** What of a host does not change. */
export interface HostFrame {
	/** The end of the run. */
	readonly untilUs: SimTime;
	/** The host's own actors: the graph must have each of them. */
	readonly actors: readonly string[];
}

/** What to do with a request: carry it out, answer as before (it came before), or refuse it. */
export type Verdict =
	| { readonly type: 'act' }
	| { readonly type: 'repeat' }
	| { readonly type: 'refuse'; readonly reason: string };

/** The phase after a request, or why it does not fit. */
type Rule<R> = (phase: HostPhase, request: R, frame: HostFrame) => HostPhase | string;

interface Rules {
	readonly wired: Rule<Wired>;
	readonly restore: Rule<Restore>;
	readonly grant: Rule<Grant>;
	readonly stop: Rule<Stop>;
	/** Readings of others. Dropped: nothing depends on them any more, or nobody listens yet. */
	readonly outputs: 'take' | 'drop';
}

const never = (reason: string) => () => reason;
const unmade = never('its actors are not made');
const unwired = never('the graph is not known yet');
const wiredBefore = never('the graph is known already');
const over = never('the run is over');

/** Which message is allowed when. A request said again as it was is repeated, whatever the stage. */
const RULES: Readonly<Record<HostStage, Rules>> = {
	making: { wired: unmade, restore: unwired, grant: unwired, stop: end, outputs: 'drop' },
	made: { wired: wire, restore: unwired, grant: unwired, stop: end, outputs: 'drop' },
	wired: { wired: wiredBefore, restore: goBack, grant: begin, stop: end, outputs: 'take' },
	restoring: {
		...{ wired: wiredBefore, restore: goBack, stop: end, outputs: 'drop' },
		grant: never('it is going back'),
	},
	stepping: { wired: wiredBefore, restore: goBack, grant: beginLater, stop: end, outputs: 'take' },
	done: { wired: wiredBefore, restore: goBack, grant: begin, stop: end, outputs: 'take' },
	failed: {
		...{ wired: never('it has failed'), restore: goBack, stop: end, outputs: 'drop' },
		grant: beginInVain,
	},
	ended: { wired: over, restore: over, grant: over, stop: over, outputs: 'drop' },
};

/**
 * The phase of a host that has yet to make its actors.
 *
 * @param attempt of the run, counted from 0; messages of earlier ones are refused
 */
export function startPhase(attempt = 0): HostPhase {
	const nothing = { wired: null, restore: null, grant: null, done: null, failed: null, stop: null };
	return { stage: 'making', attempt, start: { window: 0, fromUs: 0 }, ...nothing };
}

/** The phase after a request, and what to do with it. A refused one leaves the phase as it is. */
export function onRequest(
	phase: HostPhase,
	{ again: _, ...request }: HostRequest,
	frame: HostFrame,
): readonly [HostPhase, Verdict] {
	const last = phase[request.type];
	if (last !== null && isSame(last, request)) return [phase, { type: 'repeat' }];
	const rule = RULES[phase.stage][request.type] as Rule<HostRequest>;
	const next = rule(phase, request, frame);
	if (typeof next === 'string') return [phase, { type: 'refuse', reason: next }];
	return [next, { type: 'act' }];
}

/** What to do with readings of others. */
export function onOutputs({ stage }: HostPhase): Rules[OutputsMessage['type']] {
	return RULES[stage].outputs;
}

/**
 * Whether readings show that the run goes on without this host: nobody simulates under an attempt that not every host has
 * heard of, and this one simulates under another. Before its first window a host may hear of an attempt that is being given up.
 */
export function isLeftBehind(
	{ attempt, grant }: HostPhase,
	message: Pick<OutputsMessage, 'attempt'>,
): boolean {
	return grant !== null && message.attempt > attempt;
}

/** Its actors are made. */
export function onMade(phase: HostPhase): HostPhase {
	return phase.stage === 'making' ? { ...phase, stage: 'made' } : phase;
}

/** The window granted last is executed. */
export function onDone(phase: HostPhase, done: Done): HostPhase {
	return phase.stage === 'stepping' ? { ...phase, stage: 'done', done } : phase;
}

/** Another process has its place: whatever it was at, it is over. */
export function onReplaced(phase: HostPhase): HostPhase {
	return { ...phase, stage: 'ended' };
}

/** Its actors are what they were where the run goes back to. */
export function onRestored(phase: HostPhase): HostPhase {
	return phase.stage === 'restoring' ? { ...phase, stage: 'wired' } : phase;
}

/** An actor cannot go on. The first reason stands. */
export function onFailed(phase: HostPhase, failed: Failed): HostPhase {
	return phase.stage === 'failed' || phase.stage === 'ended'
		? phase
		: { ...phase, stage: 'failed', failed };
}

function wire(phase: HostPhase, wired: Wired, { actors }: HostFrame): HostPhase | string {
	const names = wired.components.flat();
	const known = new Set(names);
	if (known.size !== names.length) return 'its graph has an actor twice';
	const missing = actors.find((name) => !known.has(name));
	if (missing !== undefined) return `its graph lacks "${missing}"`;
	const reason = togetherRefusal(wired.together ?? [], actors);
	return reason ?? { ...phase, stage: 'wired', wired };
}

/** Actors speak together with others of their host, once. */
function togetherRefusal(
	together: readonly (readonly string[])[],
	own: readonly string[],
): string | null {
	const all = together.flat();
	if (new Set(all).size !== all.length) return 'an actor of it speaks with others twice';
	const ours = new Set(own);
	const mixed = together.find(
		(names) => names.some((name) => ours.has(name)) && !names.every((name) => ours.has(name)),
	);
	return mixed === undefined
		? null
		: `it lets "${mixed.join('", "')}" of several hosts speak together`;
}

/** From wherever it is: a window that is being simulated is forgotten. */
function goBack(phase: HostPhase, restore: Restore, { untilUs }: HostFrame): HostPhase | string {
	const { attempt, window, fromUs } = restore;
	if (phase.wired === null) return 'the graph is not known yet';
	if (attempt <= phase.attempt) return `it is attempt ${phase.attempt} already`;
	if (fromUs >= untilUs) return `there is nothing to simulate from ${fromUs} us on`;
	const nothing = { grant: null, done: null, failed: null };
	return { ...phase, ...nothing, stage: 'restoring', attempt, restore, start: { window, fromUs } };
}

function begin(phase: HostPhase, grant: Grant, { untilUs }: HostFrame): HostPhase | string {
	const { attempt, grant: last, start } = phase;
	const window = last === null ? start.window : last.window + 1;
	if (grant.window !== window) return `it is for window ${grant.window}, not ${window}`;
	if (grant.attempt !== attempt) return `it is for attempt ${grant.attempt}, not ${attempt}`;
	const fromUs = last?.untilUs ?? start.fromUs;
	if (grant.fromUs !== fromUs) return `its window begins at ${grant.fromUs} us, not ${fromUs}`;
	if (grant.untilUs <= fromUs || grant.untilUs > untilUs)
		return `its window ends at ${grant.untilUs} us, not within ${fromUs} and ${untilUs}`;
	return { ...phase, stage: 'stepping', grant };
}

/** A window is not begun before the one before is done. */
function beginLater(phase: HostPhase, grant: Grant, frame: HostFrame): HostPhase | string {
	const window = phase.grant?.window ?? phase.start.window;
	if (grant.window > window) return `window ${window} is not done`;
	const next = begin(phase, grant, frame);
	return typeof next === 'string' ? next : `window ${window} is not done`;
}

/** A window that follows is granted, but nothing comes of it. */
function beginInVain(phase: HostPhase, grant: Grant, frame: HostFrame): HostPhase | string {
	if (phase.wired === null) return 'the graph is not known yet';
	if (executedUs(phase) !== (phase.grant?.untilUs ?? phase.start.fromUs))
		return beginLater(phase, grant, frame);
	const next = begin(phase, grant, frame);
	return typeof next === 'string' ? next : { ...next, stage: 'failed' };
}

/**
 * A run is complete where the last window is executed. One that ends before may have gone back at other hosts already: any
 * time that this one has executed will do, and any at all where it has not begun to simulate since.
 */
function end(phase: HostPhase, stop: Stop, { untilUs }: HostFrame): HostPhase | string {
	const { simulatedUntilUs, outcome } = stop;
	const isBefore = phase.grant === null || simulatedUntilUs <= executedUs(phase);
	const isPossible = outcome === 'complete' ? simulatedUntilUs === executedUs(phase) : isBefore;
	if (!isPossible || simulatedUntilUs > untilUs)
		return `no window that is done ends at ${simulatedUntilUs} us`;
	if (outcome === 'complete' && simulatedUntilUs !== untilUs)
		return `the run is complete at ${untilUs} us, not at ${simulatedUntilUs}`;
	return { ...phase, stage: 'ended', stop };
}

/** The end of the last window that is executed. */
function executedUs({ grant, done, start }: HostPhase): SimTime {
	if (grant === null) return start.fromUs;
	return done?.window === grant.window ? grant.untilUs : grant.fromUs;
}

/** Requests are plain data with their fields in the order of the schema; how often one was made is no part of it. */
function isSame(one: HostRequest, other: HostRequest): boolean {
	return JSON.stringify(one) === JSON.stringify(other);
}
