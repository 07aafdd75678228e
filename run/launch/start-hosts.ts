import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildHost } from './child-host.ts';

/** What the system says when it has no room for one more process right now. */
const NO_ROOM =
	/\b(EAGAIN|ENOMEM|EMFILE|ENFILE)\b|Resource temporarily unavailable|Cannot allocate memory/;
/** A process for which there was no room is tried again after these times, in milliseconds. */
const RETRY_MS = [250, 1_000, 4_000] as const;

export interface StartPlan {
	readonly hosts: readonly string[];
	/** Processes that start at a time: more would only make each other late. */
	readonly atATime: number;
	start(host: string): ChildHost;
	/** Resolves when the host has said hello. */
	joined(host: string): Promise<void>;
	/** A process ended by itself, or there was no room for it after all tries. */
	onEnded(host: string, how: string): void;
	/** Something worth saying. */
	notice(text: string): void;
}

/** Processes of hosts that start a few at a time. */
export interface StartingHosts {
	/** Those that were started so far. */
	readonly children: readonly ChildHost[];
	/** True until the process of the host is started. */
	isWaiting(host: string): boolean;
	/** Ends the process of a host, if there still is one, and starts another. */
	replace(host: string): void;
	/** Starts no more. */
	stop(): void;
}

/** Starts the processes of hosts, a few at a time: the next when one has said hello or has ended. */
export function startHosts(plan: StartPlan): StartingHosts {
	const children: ChildHost[] = [];
	const waiting = [...plan.hosts];
	/** The process that has the place of each host now: the end of one before it is no news. */
	const current = new Map<string, ChildHost>();
	let isStopped = false;
	const next = async (): Promise<void> => {
		for (;;) {
			const host = isStopped ? undefined : waiting.shift();
			if (host === undefined) return;
			await startOne(host);
		}
	};
	const startOne = async (host: string): Promise<void> => {
		for (let attempt = 0; ; attempt++) {
			const child = plan.start(host);
			children.push(child);
			current.set(host, child);
			let hasJoined = false;
			const joined = plan.joined(host).then(() => {
				hasJoined = true;
			});
			const ended = child.ended.then((how) => {
				const retryMs = RETRY_MS[attempt];
				if (!hasJoined && retryMs !== undefined && NO_ROOM.test(how)) return { how, retryMs };
				if (!isStopped && current.get(host) === child) plan.onEnded(host, how);
				return null;
			});
			const retry = await Promise.race([joined, ended]);
			if (retry === undefined || retry === null || isStopped) return;
			plan.notice(
				`Starting ${host} again in ${retry.retryMs / 1000} s: ${retry.how}; fewer start with --processes N`,
			);
			await sleep(retry.retryMs);
			if (isStopped) return;
		}
	};
	for (let i = 0; i < plan.atATime; i++) void next();
	return {
		children,
		isWaiting: (host) => waiting.includes(host),
		replace(host) {
			const before = current.get(host);
			current.delete(host);
			before?.kill();
			waiting.push(host);
			const gone = before?.ended ?? Promise.resolve();
			void gone.then(() => {
				const at = waiting.indexOf(host);
				if (at === -1 || isStopped) return;
				waiting.splice(at, 1);
				void startOne(host);
			});
		},
		stop() {
			isStopped = true;
		},
	};
}
