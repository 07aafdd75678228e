import { NoResponderError } from '../../kernel/bus/bus.ts';
import { encode } from '../../protocol/codec.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import { HostsLostError } from './faults.ts';
import type { Membership, MembershipContext } from './membership.ts';
import { describeMissing } from './missing.ts';
import { LAST_MULTIPLE, NOTICE_MULTIPLES } from './run-plan.ts';

/** A worker that was welcomed gets this long until it must be heard: on a busy machine it is slow to subscribe. */
const JOIN_GRACE_MS = 5_000;

interface GatheringContext
	extends Pick<MembershipContext, 'bus' | 'plan' | 'places' | 'world' | 'limits' | 'waker'> {
	readonly membership: Membership;
	/** Whether a host answers, or its process works. */
	isAlive(host: string): Promise<boolean>;
}

/** Waits for the hosts of a run, and says who is missing. */
export class Gathering {
	private readonly context: GatheringContext;

	constructor(context: GatheringContext) {
		this.context = context;
	}

	/**
	 * Waits until every host of the roster is ready. The limits run from the last time that anything happened: on a busy
	 * machine many processes take long to start, one after the other.
	 *
	 * @throws HostsLostError naming our own that do not come, or are silent before they are ready
	 */
	async gather(): Promise<void> {
		const { world, limits, waker, membership } = this.context;
		let movedMs = world.nowMs();
		let notices = 0;
		let looks = 0;
		let before = '';
		const { givenUp } = membership;
		while (membership.givenUp === givenUp && membership.ready.size < membership.hosts.length) {
			await waker.sleep(limits.pollMs);
			if (membership.givenUp !== givenUp) return;
			await this.freePlaces();
			const missing = membership.hosts.filter((host) => !membership.joined.has(host));
			const started = missing.filter((host) => world.isWaiting?.(host) !== true);
			const moved = `${membership.joined.size}/${membership.ready.size}/${started.length}`;
			if (moved !== before || this.isAnyAtWork(started)) movedMs = world.nowMs();
			if (moved !== before) notices = looks = 0;
			before = moved;
			const waitedMs = world.nowMs() - movedMs;
			if (waitedMs >= (looks + 1) * LAST_MULTIPLE * limits.waitLimitMs) {
				looks++;
				await this.checkOwn(waitedMs, started);
			}
			const multiple = NOTICE_MULTIPLES[notices];
			if (multiple === undefined || waitedMs < multiple * limits.waitLimitMs) continue;
			notices++;
			world.notice(this.describeMissing(waitedMs, started));
		}
	}

	/** Our own that have not come after all this time, or have joined and are silent since. */
	private async checkOwn(waitedMs: number, started: readonly string[]): Promise<void> {
		const { plan, isAlive, membership } = this.context;
		const text = this.describeMissing(waitedMs, started);
		const { unready } = this;
		const alive = await Promise.all(unready.map((host) => isAlive(host)));
		const silent = unready.filter((host, i) => alive[i] === false && !membership.ready.has(host));
		const [first, ...rest] = [...started, ...silent].filter((host) => !plan.external.has(host));
		if (first !== undefined) throw new HostsLostError([first, ...rest], text);
	}

	private get unready(): string[] {
		const { hosts, joined, ready } = this.context.membership;
		return hosts.filter((host) => joined.has(host) && !ready.has(host));
	}

	/** Processes of our own that have not joined and work: they are late, no more. */
	private isAnyAtWork(started: readonly string[]): boolean {
		const { world } = this.context;
		return started.map((host) => world.isAtWork?.(host) === true).includes(true);
	}

	private describeMissing(waitedMs: number, started: readonly string[]): string {
		const { plan, places, membership } = this.context;
		const isExternal = (host: string) => plan.external.has(host);
		return describeMissing(waitedMs, {
			count: membership.hosts.length,
			unready: this.unready,
			unjoined: started.filter((host) => !isExternal(host)),
			awaited: started.filter(isExternal).map((host) => places.placeOf(host)),
			waiting: membership.offers.describe(),
		});
	}

	/** A worker that took a place and never came (it died, or joined another run) makes way for the next. */
	private async freePlaces(): Promise<void> {
		const { membership, plan, world, bus, limits } = this.context;
		const subjects = runSubjects(plan.run);
		const request = encode({ type: 'status' });
		for (const [host, { sinceMs }] of membership.welcomed) {
			if (!plan.external.has(host)) continue;
			if (world.nowMs() - sinceMs < JOIN_GRACE_MS) continue;
			try {
				const subject = subjects.status(host, membership.seatOf(host));
				await bus.request(subject, request, limits.pollMs);
			} catch (error) {
				if (!(error instanceof NoResponderError) || !membership.vacate(host)) continue;
				world.notice(`Waiting for ${host} again: the worker that took its place is gone`);
			}
		}
	}
}
