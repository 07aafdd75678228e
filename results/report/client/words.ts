import uPlot from 'uplot';
import { page } from './data.ts';
import { shownSpan } from './spans.ts';

/** A value with its unit; a dash where there is none. */
export function amount(value: number | null | undefined, unit: string): string {
	return value === null || value === undefined ? '–' : `${Number(value.toPrecision(4))} ${unit}`;
}

/** A moment as a Date whose own clock shows the page's time zone. */
export function zonedDate(seconds: number): Date {
	return uPlot.tzDate(new Date(seconds * 1000), page.timezone);
}

/** A moment as 2026-06-21 06:00:00. */
export function localTime(seconds: number): string {
	const at = zonedDate(seconds);
	const date = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
	return `${date} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

function pad(number: number): string {
	return String(number).padStart(2, '0');
}

/** The span that a figure over time shows, to the minute; the date once where both ends have it. */
export function spanText(plot: uPlot): string {
	const [from, until] = shownSpan(plot);
	const [first, last] = [localTime(from).slice(0, 16), localTime(until).slice(0, 16)];
	return `${first} to ${first.slice(0, 10) === last.slice(0, 10) ? last.slice(11) : last}`;
}
