import { html, type TemplateResult } from 'lit-html';
import type { SiteNow, Snapshot } from './api-types.ts';
import { count, figure, percent, power } from './words.ts';

/** The figures that one looks at first. */
export function tiles(site: SiteNow | null, snapshot: Snapshot | null): TemplateResult {
	const ours = snapshot?.replicas.filter((replica) => replica.site === site?.name) ?? [];
	const sum = (key: 'running' | 'waiting' | 'completed') =>
		ours.reduce((all, replica) => all + (replica[key] ?? 0), 0);
	const loadW = sumOf(site, (powerW) => powerW < 0);
	const sourceW = sumOf(site, (powerW) => powerW > 0);
	const all: (readonly [string, string, string])[] = [
		['Load', power(loadW === null ? null : -loadW), 'all that takes'],
		['Own sources', power(sourceW), 'sun, wind, generators'],
		[
			'Grid',
			power(site?.gridW === null || site === null ? null : Math.abs(site.gridW)),
			gridWord(site),
		],
	];
	if (site !== null && site.batteries.length > 0)
		all.push([
			'Battery',
			site.batteries
				.slice(0, 2)
				.map(({ soc }) => percent(soc))
				.join(', '),
			batteryWord(site),
		]);
	all.push([
		'Carbon',
		site?.carbonGPerKwh == null ? '–' : figure(site.carbonGPerKwh),
		'g/kWh of imports',
	]);
	if (site?.priceUsdPerKwh != null)
		all.push(['Price', figure(site.priceUsdPerKwh), 'USD/kWh of imports']);
	if (ours.length > 0) {
		all.push([
			'Requests',
			`${count(sum('running'))} + ${count(sum('waiting'))}`,
			'running + waiting',
		]);
		all.push(['Cap', site?.capW == null ? 'none' : power(site.capW), 'for each GPU']);
	}
	return html`<dl class="tiles">${all.map(
		([name, value, note]) =>
			html`<div class="tile"><dt>${name}</dt><dd><b>${value}</b><small>${note}</small></dd></div>`,
	)}</dl>`;
}

function sumOf(site: SiteNow | null, wanted: (powerW: number) => boolean): number | null {
	const powers = site?.actors.flatMap(({ powerW }) => (powerW === null ? [] : [powerW])) ?? [];
	if (powers.length === 0) return null;
	return powers.filter(wanted).reduce((sum, powerW) => sum + powerW, 0);
}

function gridWord(site: SiteNow | null): string {
	if (site?.isGridConnected === false) return 'not connected';
	const gridW = site?.gridW ?? 0;
	return Math.abs(gridW) < 0.5 ? 'at rest' : gridW > 0 ? 'exported' : 'imported';
}

function batteryWord({ batteries }: SiteNow): string {
	const powerW = batteries.reduce((sum, battery) => sum + (battery.powerW ?? 0), 0);
	if (Math.abs(powerW) < 0.5) return 'at rest';
	return `${powerW > 0 ? 'charging' : 'discharging'} ${power(Math.abs(powerW))}`;
}
