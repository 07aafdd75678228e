import type { StatusReport } from '../../protocol/messages.ts';
import { formatSimTime } from '../../protocol/time.ts';

/** What is known of a host that has not completed its window. */
export interface HostState {
	readonly host: string;
	/** null: it did not answer. */
	readonly report: StatusReport | null;
}

/**
 * The wait-for graph in words: which actors are short of the window's end, and for what each waits. An
 * actor that waits for nothing is at work; those that wait for others are explained by them.
 */
export function explainWait(states: readonly HostState[], untilUs: number): string {
	const lines: string[] = [];
	for (const { host, report } of states) {
		if (report === null) {
			lines.push(`${host}: no answer (at work, or hung)`);
			continue;
		}
		for (const { name, progressUs, waits } of report.actors) {
			if (progressUs >= untilUs) continue;
			const at = `${name} at ${formatSimTime(progressUs)}`;
			const first = [...waits].sort((a, b) => a.knownUntilUs - b.knownUntilUs)[0];
			const others = waits.length > 1 ? ` and ${waits.length - 1} more` : '';
			lines.push(
				first === undefined
					? `${at} is at work`
					: `${at} waits for ${first.from} (known until ${formatSimTime(first.knownUntilUs)})${others}`,
			);
		}
	}
	return lines.join('; ');
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

/** True if every host has answered and no actor short of the end could go on by itself. */
export function isDeadlocked(states: readonly HostState[], untilUs: number): boolean {
	return states.every(
		({ report }) =>
			report?.actors.every(({ progressUs, waits }) => progressUs >= untilUs || waits.length > 0) ??
			false,
	);
}
