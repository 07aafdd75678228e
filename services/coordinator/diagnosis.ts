import type { StatusReport } from '../../protocol/status-messages.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';

/** What is known of a host that has not completed its window. */
export interface HostState {
	readonly host: string;
	/** null: it did not answer. */
	readonly report: StatusReport | null;
	/** Its process uses a processor or waits for a disk; false also where nobody can see that. */
	readonly isAtWork: boolean;
}

/** Actors named in a notice; a thousand would bury the rest. */
const NAMED_MAX = 6;

/** Neither answers nor works. */
export function isHung({ report, isAtWork }: HostState): boolean {
	return report === null && !isAtWork;
}

/**
 * The wait-for graph in words: which actors are short of the window's end, and for what each waits. An
 * actor that waits for nothing is at work; those that wait for others are explained by them. Hosts that do not answer
 * come first. Where every actor is at the end, some of what others said is still on its way.
 */
export function explainWait(states: readonly HostState[], untilUs: SimTime): string {
	const silent: string[] = [];
	const lines: string[] = [];
	const atEnd: string[] = [];
	for (const { host, report, isAtWork } of states) {
		if (report === null) {
			silent.push(
				`${host}: no answer (${isAtWork ? 'its process is at work' : 'hung, or stopped'})`,
			);
			continue;
		}
		for (const { name, progressUs, waits } of report.actors) {
			const at = `${name} at ${formatSimTime(progressUs)}`;
			const first = [...waits].sort((a, b) => a.knownUntilUs - b.knownUntilUs)[0];
			if (progressUs >= untilUs) {
				if (first !== undefined) atEnd.push(`${at} has not heard the last of ${first.from}`);
				continue;
			}
			if (report.carriesOut === null) {
				lines.push(`${at} has not heard of the window`);
				continue;
			}
			const others = waits.length > 1 ? ` and ${waits.length - 1} more` : '';
			lines.push(
				first === undefined
					? `${at} is at work`
					: `${at} waits for ${first.from} (known until ${formatSimTime(first.knownUntilUs)})${others}`,
			);
		}
	}
	const all = silent.length + lines.length === 0 ? atEnd : [...silent, ...lines];
	const more = all.length > NAMED_MAX ? `; and ${all.length - NAMED_MAX} more` : '';
	return all.slice(0, NAMED_MAX).join('; ') + more;
}

/** A number that changes whenever any actor of the reports has got further. */
export function progressOf(states: readonly HostState[]): number {
	let sum = 0;
	for (const { report } of states) {
		for (const { progressUs, waits } of report?.actors ?? []) {
			sum += progressUs;
			for (const { knownUntilUs } of waits) sum += knownUntilUs;
		}
	}
	return sum;
}

/** How far the actors of a window are on average, for people: those of hosts that did not answer count as at its start. */
export function meanProgressUs(
	states: readonly HostState[],
	window: { readonly done: number; readonly fromUs: SimTime; readonly untilUs: SimTime },
): SimTime {
	const { done, fromUs, untilUs } = window;
	let sum = done * (untilUs - fromUs);
	let count = done;
	for (const { report } of states) {
		for (const { progressUs } of report?.actors ?? []) {
			sum += Math.min(Math.max(progressUs - fromUs, 0), untilUs - fromUs);
			count++;
		}
		if (report === null) count++;
	}
	return fromUs + (count === 0 ? 0 : Math.floor(sum / count));
}

/** What beside the simulation keeps a host from its work, such as a full disk; null: nothing does. */
export function heldBy(states: readonly HostState[]): string | null {
	const first = states.find(({ report }) => report?.held !== undefined);
	return first === undefined ? null : `${first.host}: ${first.report?.held}`;
}

/** True if every host has answered and no actor short of the end could go on by itself. */
export function isDeadlocked(states: readonly HostState[], untilUs: SimTime): boolean {
	if (heldBy(states) !== null) return false;
	return states.every(
		({ report }) =>
			report?.actors.every(({ progressUs, waits }) => progressUs >= untilUs || waits.length > 0) ??
			false,
	);
}

/** `a, b, c and 4 more`. */
export function someOf(names: readonly string[], separator = ', '): string {
	const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
	return names.slice(0, NAMED_MAX).join(separator) + more;
}
