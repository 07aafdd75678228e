import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { Group, Line } from './figure-group.ts';
import { withUnit } from './format.ts';
import { headlineRanges, within } from './headline-ranges.ts';

/** What was asked for, and nothing else. */
export function costGroup(summary: Summary): Group {
	const { bill, fuelCostUsd } = summary;
	const { energyUsd, exportUsd, demandUsd, fixedUsd, tierUsd, peakImportW, gpuUsd } = bill;
	const ranges = headlineRanges(summary);
	const usd = (value: number): string => withUnit(value, 'USD');
	const lines: Line[] = [];
	const add = (label: string, usd: number) => {
		if (Number.isFinite(usd) && usd !== 0) lines.push({ label, value: withUnit(usd, 'USD') });
	};
	if (Number.isFinite(energyUsd))
		lines.push({ label: 'imports', value: within(energyUsd, ranges.energyUsd, usd) });
	add('tiers', tierUsd);
	add(exportUsd < 0 ? 'exports, paid for' : 'exports, paid back', -exportUsd);
	if (demandUsd > 0) {
		add('demand charge', demandUsd);
		lines.push({ label: 'highest import', value: withUnit(peakImportW / 1000, 'kW') });
	}
	add('fixed charge', fixedUsd);
	add('fuel', fuelCostUsd);
	add('GPU-hours', gpuUsd);
	if (lines.length > 1) {
		const parts = [energyUsd, tierUsd, -exportUsd, demandUsd, fixedUsd, fuelCostUsd, gpuUsd].filter(
			(usd) => Number.isFinite(usd),
		);
		add(
			'together',
			parts.reduce((sum, usd) => sum + usd, 0),
		);
	}
	return { title: 'Cost', lines };
}
