import type { Family, HistogramSample, Labels } from './family.ts';

/**
 * Families as text for Prometheus (text format 0.0.4), with a line break at the end. A library of metrics keeps their
 * values itself and takes single observations; ours stand in the state of a monitor, which a run that goes back takes back.
 */
export function expositionOf(families: readonly Family[]): string {
	return families.map(familyText).join('');
}

function familyText(family: Family): string {
	const { name, help, type } = family;
	const lines =
		family.type === 'histogram'
			? family.samples.map((sample) => histogramText(name, sample))
			: family.samples.map(
					({ labels, value }) => `${name}${labelsText(labels)} ${number(value)}\n`,
				);
	const escaped = help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
	return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** Buckets with all that is below them, sum and count. */
function histogramText(name: string, { labels, bounds, histogram }: HistogramSample): string {
	let count = 0;
	const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, i) => {
		count += histogram.counts[i] ?? 0;
		return `${name}_bucket${labelsText({ ...labels, le: number(bound) })} ${number(count)}\n`;
	});
	const its = labelsText(labels);
	return `${buckets.join('')}${name}_sum${its} ${number(histogram.sum)}\n${name}_count${its} ${number(count)}\n`;
}

function labelsText(labels: Labels): string {
	const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
	return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escapeLabel(value: string): string {
	return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function number(value: number): string {
	if (Number.isNaN(value)) return 'NaN';
	if (Number.isFinite(value)) return String(value);
	return value > 0 ? '+Inf' : '-Inf';
}
