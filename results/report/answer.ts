import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { EmissionSummary } from '../../protocol/run-folder/summary-energy.ts';
import type { ServingSummary } from '../../protocol/run-folder/summary-serving.ts';
import { costGroup } from './cost-group.ts';
import { formatDuration, formatGrams, formatNumber, withUnit } from './format.ts';
import { headlineRanges, within } from './headline-ranges.ts';
import { initialPart } from './key-figures.ts';

/** Shares below this one read as nothing, percent. */
const WORTH_A_WORD = 0.05;

/**
 * What a run came to, in two or three sentences: those with which its page begins.
 *
 * @param who whose energy it is
 */
export function answerOf(summary: Summary, who = 'The site'): string {
	return [servingAnswer(summary.serving), energyAnswer(summary, who), capAnswer(summary)]
		.filter((sentence) => sentence !== '')
		.join(' ');
}

function servingAnswer(serving: ServingSummary | null): string {
	if (serving === null) return '';
	const { arrived, completed, ttftS, e2eS } = serving;
	const all = Number.isNaN(arrived) ? completed : arrived;
	const requests = (count: number) => `${formatNumber(count)} request${count === 1 ? '' : 's'}`;
	if (all === 0) return 'No request arrived.';
	if (completed === 0) return `Of ${requests(all)} none was completed.`;
	const said =
		completed < all
			? `Of ${requests(all)}, ${formatNumber(completed)} were completed`
			: completed === 1
				? 'The one request was completed'
				: `All ${requests(all)} were completed`;
	const [first, last] = [ttftS.p50, e2eS.p99].map(formatDuration);
	if (completed === 1)
		return `${said}, its first token within ${first} and its last within ${last}.`;
	return `${said}, half of them with their first token within ${first}, 99 of 100 within ${formatDuration(ttftS.p99)}, and with their last within ${last}.`;
}

function energyAnswer(summary: Summary, who: string): string {
	const { energy, emissions } = summary;
	if (Number.isNaN(energy.loadKwh)) return '';
	const ranges = headlineRanges(summary);
	const kwh = (value: number) => withUnit(value, 'kWh');
	const percent = (value: number) => withUnit(value, '%');
	const origins = [
		`${within(energy.renewableShare, ranges.renewableShare, percent)} of it renewable`,
		...(energy.initialShare >= WORTH_A_WORD
			? [`${percent(energy.initialShare)} from what batteries held at the start`]
			: []),
	];
	const draws = `${who} drew ${within(energy.loadKwh, ranges.loadKwh, kwh)}, ${origins.join(' and ')}`;
	const unserved =
		energy.unservedKwh > 0 ? ` ${kwh(energy.unservedKwh)} more could not be served.` : '';
	const imports = `${within(energy.importKwh, ranges.importKwh, kwh)} came from the grid`;
	const emitted =
		emissions === null
			? ''
			: ` and emitted ${within(emissions.importG, ranges.importG, formatGrams)} of CO₂eq by its ${emissions.kind} intensity${lessText(emissions)}`;
	const cost = costGroup(summary).lines.at(-1);
	const cents = cost === undefined ? '' : `; ${costWord(cost.label)} ${cost.value}`;
	return `${draws}; ${imports}${emitted}${cents}.${unserved}`;
}

/** Of what it would have been on the grid alone. */
function lessText(emissions: EmissionSummary): string {
	const { reduction } = emissions;
	if (Math.abs(reduction) < WORTH_A_WORD || Number.isNaN(reduction)) return '';
	return `, ${withUnit(Math.abs(reduction), '%')} ${reduction > 0 ? 'less' : 'more'} than on the grid alone${initialPart(emissions)}`;
}

function costWord(label: string): string {
	return label === 'together' ? 'all costs come to' : `the cost of ${label} is`;
}

function capAnswer({ capHours, durationS }: Summary): string {
	if (!(capHours > 0)) return '';
	const percent = (100 * capHours * 3600) / durationS;
	return `A power cap held for ${withUnit(capHours, 'h')}, ${withUnit(Math.min(100, percent), '%')} of the time.`;
}
