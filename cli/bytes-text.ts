const UNITS = ['kB', 'MB', 'GB', 'TB'];

/** A size in its largest fitting decimal unit: 812 B, 4.2 MB, 13 GB. */
export function bytesText(bytes: number): string {
	let value = bytes;
	let unit = 'B';
	for (const next of UNITS) {
		if (Math.round(value) < 1000) break;
		[value, unit] = [value / 1000, next];
	}
	return `${value < 10 && unit !== 'B' ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
