/** Numbers and times as people read them. */

const NONE = '–';

/** A number with three digits that count. */
export function figure(value: number | null | undefined, digits = 3): string {
	if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
	if (Number.isInteger(value)) return String(value).replace('-', '−');
	const rounded = Number(value.toPrecision(digits));
	const places = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded) || 1)));
	return value.toFixed(Math.min(places, 6)).replace('-', '−');
}

/** A power in watts, with the unit that fits. */
export function power(watts: number | null | undefined): string {
	if (watts === null || watts === undefined || !Number.isFinite(watts)) return NONE;
	const size = Math.abs(watts);
	if (size >= 999_500) return `${figure(watts / 1e6)} MW`;
	if (size >= 999.5) return `${figure(watts / 1e3)} kW`;
	return `${figure(size < 0.05 ? 0 : watts)} W`;
}

/** A share from 0 to 1. */
export function percent(share: number | null | undefined): string {
	return share === null || share === undefined ? NONE : `${figure(100 * share)} %`;
}

/** A whole number with thin spaces between thousands. */
export function count(value: number | null | undefined): string {
	if (value === null || value === undefined) return NONE;
	return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A span of simulated time, such as 2 h 05 min. */
export function span(us: number): string {
	const all = Math.floor(us / 1e6);
	const [days, hours, minutes, rest] = [
		Math.floor(all / 86_400),
		Math.floor(all / 3600) % 24,
		Math.floor(all / 60) % 60,
		all % 60,
	];
	const two = (value: number) => String(value).padStart(2, '0');
	if (days > 0) return `${days} d ${two(hours)} h`;
	if (hours > 0) return `${hours} h ${two(minutes)} min`;
	return minutes > 0 ? `${minutes} min ${two(rest)} s` : `${rest} s`;
}

/** Says moments in the zone of a site. */
export class Calendar {
	private readonly format: Intl.DateTimeFormat;

	/** @param timezone an IANA name; one that the browser does not know becomes UTC */
	constructor(timezone: string) {
		const parts = { hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' } as const;
		try {
			this.format = new Intl.DateTimeFormat('sv-SE', { ...parts, timeZone: timezone });
		} catch {
			this.format = new Intl.DateTimeFormat('sv-SE', { ...parts, timeZone: 'UTC' });
		}
	}

	/** Such as 2026-06-21 06:00:00. */
	moment(epochMs: number): string {
		return this.format.format(epochMs);
	}
}

/** What a tick of a time axis says of a moment: its time, or at midnight the day that begins. */
export function tickOf(moment: string): string {
	const [date = '', time = ''] = moment.split(' ');
	if (time === '00:00:00') return date.slice(5);
	return time.endsWith(':00') ? time.slice(0, 5) : time;
}
