const ISO_INSTANT =
	/^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * An ISO date or date-time as milliseconds since 1970 (UTC); null when the text is none. Without an offset
 * it is UTC. `T` and a space are both fine between date and time. Leap seconds are refused.
 */
export function parseInstantMs(text: string): number | null {
	const match = ISO_INSTANT.exec(text.trim());
	if (match === null) return null;
	const [, year, month, day, hour, minute, second, fraction, offset] = match;
	const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
	const date = new Date(dayMs);
	if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
	const [h, m, s] = [Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)];
	if (h > 23 || m > 59 || s > 59) return null;
	const timeMs = ((h * 60 + m) * 60 + s + Number(fraction ?? 0)) * 1000;
	return dayMs + timeMs - offsetMs(offset ?? 'Z');
}

/** Whether an ISO date-time says how far from UTC it is. */
export function hasOffset(text: string): boolean {
	return ISO_INSTANT.exec(text.trim())?.[8] !== undefined;
}

function offsetMs(offset: string): number {
	if (offset === 'Z') return 0;
	const sign = offset.startsWith('-') ? -1 : 1;
	const digits = offset.slice(1).replace(':', '');
	return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}
