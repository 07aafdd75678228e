import type { RunState, StatusReport } from '../../protocol/status-messages.ts';
import type { RefusalTally } from '../../protocol/window-messages.ts';
import type { Clock } from './clock.ts';
import { actorsOf } from './host-words.ts';
import type { Membership } from './membership.ts';
import type { RunPlan } from './run-plan.ts';

/** Whoever asks waits for hosts that do not answer this long, in milliseconds. */
const ANSWER_MS = 1_000;

export interface RunStateContext
	extends Pick<RunState, 'phase' | 'pace' | 'lagMs' | 'elapsedMs' | 'setbacks' | 'checkpoints'> {
	readonly plan: RunPlan;
	readonly clock: Clock;
	readonly checkpointUs: number;
	readonly membership: Pick<Membership, 'joined' | 'ready' | 'identities'>;
	readonly refusals: RefusalTally;
	/** Asks a host how far it is; throws like a bus. */
	ask(host: string, timeoutMs: number): Promise<StatusReport>;
}

/** What is known of a run while it goes on, with the word of every host that answers. */
export async function runState(context: RunStateContext): Promise<RunState> {
	const { plan, clock, refusals, phase, pace, lagMs, elapsedMs } = context;
	const { setbacks, checkpoints, checkpointUs } = context;
	const { attempt, window, completedUs, grantedUntilUs, untilUs, pending } = clock;
	const isGranted = pending.length > 0;
	return {
		...{ type: 'run-state', run: plan.run, phase, pace, lagMs, attempt, window, completedUs },
		windowUntilUs: isGranted ? grantedUntilUs : completedUs,
		...{ untilUs, fromUs: plan.from?.checkpoint.fromUs ?? 0, elapsedMs },
		...{ setbacks, checkpoints, checkpointUs },
		...{ refused: refusals.count, duplicates: refusals.duplicates },
		hosts: await Promise.all(clock.hosts.map((host) => hostState(context, host))),
	};
}

async function hostState(
	{ plan, phase, clock, membership, ask }: RunStateContext,
	host: string,
): Promise<RunState['hosts'][number]> {
	const { joined, ready, identities } = membership;
	const names = actorsOf(plan.roster, host);
	const known = identities.get(host);
	const about = { host, machine: known?.machine ?? null, pid: known?.pid ?? null, names };
	const silent = { ...about, memoryBytes: null, actors: null };
	if (!ready.has(host)) return { ...silent, stage: joined.has(host) ? 'making' : 'awaited' };
	const stage = clock.pending.includes(host) ? 'simulating' : 'done';
	// Those that have ended their work answer no more.
	if (phase === 'stopping' || phase === 'ended') return { ...silent, stage };
	try {
		const { memoryBytes = null, actors, held } = await ask(host, ANSWER_MS);
		return { ...about, stage, memoryBytes, actors, ...(held === undefined ? {} : { held }) };
	} catch {
		return { ...silent, stage };
	}
}
