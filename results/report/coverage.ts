import { DateTime } from 'luxon';
import { formatNumber, formatSpan } from './format.ts';
import type { Run } from './run.ts';

/** What the files of a run cover, and of how much; figures are of that part only. */
export function coverage({ steps, metadata }: Run): string {
	if (steps.count === 0) return 'No step is complete, so there is no figure.';
	const { environment, gridbeat } = metadata;
	const zone = gridbeat.timezone ?? 'UTC';
	const local = (seconds: number) =>
		DateTime.fromSeconds(seconds, { zone }).toFormat('yyyy-MM-dd HH:mm');
	const fromS = steps.startS[0] as number;
	const untilS = (steps.startS.at(-1) as number) + steps.stepS;
	// The file says when the last step begins.
	const lastS = DateTime.fromSQL(environment.sim_end ?? '', { zone }).toSeconds();
	const whole = lastS + steps.stepS - fromS;
	const share =
		whole > 0
			? ` of ${formatSpan(whole)} (${formatNumber((100 * (untilS - fromS)) / whole)} %)`
			: '';
	return `All figures cover ${local(fromS)} to ${local(untilS)}: ${formatSpan(untilS - fromS)}${share}.`;
}
