import type { Outside } from '../../kernel/actor/contract.ts';
import { Host, type HostOptions } from '../../kernel/actor/host.ts';
import { joinRun } from '../../kernel/actor/join.ts';
import { LiveClock } from '../../kernel/actor/live-clock.ts';
import type { Bus } from '../../kernel/bus/bus.ts';
import { placeKey } from '../../kernel/bus/keys.ts';
import { eventLoop } from '../../kernel/host/event-loop.ts';
import { applicant } from '../../kernel/host/process.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import type { RunPlan, RunTrust, World } from '../../services/coordinator/run-plan.ts';
import { KIND_NAMES, kindsWith } from '../../services/kinds.ts';
import { INLINE_HOST } from './placement.ts';
import type { Sleep } from './sleeper.ts';

/** What is beside a run with the clock that it goes by. */
export function withClock(beside: Outside | undefined): Outside | undefined {
	return beside && { ...beside, clock: new LiveClock(() => performance.now()) };
}

/** Has the clock go by the anchors of the run. */
export function anchoring(outside: Outside | undefined): Pick<World, 'anchored'> {
	const clock = outside?.clock;
	return clock === undefined ? {} : { anchored: (anchor) => clock.set(anchor) };
}

/** Starts the host of all actors in this process. */
export async function startInlineHost(
	bus: Bus,
	plan: RunPlan,
	trust: RunTrust,
	about: Pick<HostOptions, 'outside'> & { readonly sleep: Sleep },
): Promise<void> {
	const { run, modules = [] } = plan;
	const who = applicant(INLINE_HOST, KIND_NAMES, trust.program);
	const { welcome } = await joinRun(bus, who, {
		subject: runSubjects(run).hello,
		secret: placeKey(trust.runKey, INLINE_HOST),
		isSecret: true,
		again: async () => {
			await new Promise((resolve) => setTimeout(resolve, 1));
			return true;
		},
	});
	await new Host(bus, welcome, {
		breather: eventLoop,
		stopwatchMs: () => performance.now(),
		memoryBytes: () => process.memoryUsage.rss(),
		...about,
	}).start(kindsWith(modules));
}
