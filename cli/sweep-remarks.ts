import { ConfigError } from '../protocol/errors.ts';
import { distinct, remarkText } from '../protocol/remark.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { makePlan } from '../run/make-plan.ts';

/** A point of a study: what it is called, and its scenario. */
export interface RemarkedPoint {
	readonly label: string;
	readonly scenario: Scenario;
}

/** Of more points the inputs are not read: each reads its files. */
const POINTS_READ = 24;

/** What is done to the inputs of the points of a study, a line each; of those that only some points have, of which. */
export async function pointRemarks(points: readonly RemarkedPoint[]): Promise<string[]> {
	const labels = new Map<string, string[]>();
	const read = points.slice(0, POINTS_READ);
	for (const { label, scenario } of read)
		for (const text of await remarksOf(scenario))
			labels.set(text, [...(labels.get(text) ?? []), label]);
	const lines = [...labels].map(([text, those]) => {
		if (those.length === read.length) return text;
		const [first = '', ...others] = those;
		return `${first}${others.length === 0 ? '' : ` and ${others.length} more`}: ${text}`;
	});
	const rest = points.length - read.length;
	return rest === 0 || lines.length === 0 ? lines : [...lines, `${rest} more points not looked at`];
}

async function remarksOf(scenario: Scenario): Promise<string[]> {
	// Services are asked by the runs alone.
	if (scenario.carbon?.source === 'uk' || scenario.carbon?.source === 'electricitymaps') return [];
	try {
		const { remarks } = await makePlan(scenario, { command: null, asks: false });
		return distinct(remarks).map(remarkText);
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		// The run says why it cannot be, and is counted as failed.
		return [];
	}
}
