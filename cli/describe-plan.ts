import { DateTime } from 'luxon';
import { stringify } from 'yaml';
import { capText } from '../protocol/scenario/caps.ts';
import { formatSimTime } from '../protocol/time.ts';
import { siteLabel, summaryLine } from '../run/resolve/metadata.ts';
import type { Plan } from '../run/resolve/plan.ts';

/** The resolved scenario in a few lines, before the run. */
export function printScenario(plan: Plan): void {
	const { scenario, frame, sources, run } = plan;
	const start = DateTime.fromMillis(frame.startEpochMs, { zone: frame.location.timeZone });
	const processes = new Set(plan.roster.map(({ host }) => host)).size;
	const lines = [
		`Gridbeat ${run}`,
		...(plan.sites === null
			? [`  ${summaryLine(scenario)} · ${frame.location.name}`]
			: plan.sites.map(
					(site) =>
						`  ${siteLabel(site.frame)}: ${summaryLine(site.scenario)} · ${site.frame.location.name}`,
				)),
		`  from ${start.toFormat('yyyy-MM-dd HH:mm ZZZZ')}, ${formatSimTime(frame.untilUs)} in steps of ${formatSimTime(frame.stepUs)}, seed ${frame.seed}`,
		...scenario.cap.map((rule) => `  ${capText(rule)}`),
		...sources.map((source) => `  ${source}`),
		`  ${plan.roster.length} actors in ${processes} ${processes === 1 ? 'process' : 'processes'}`,
	];
	if (plan.sharing !== null) lines.push(`  ${plan.sharing}`);
	process.stdout.write(`${lines.join('\n')}\n`);
}

/** The resolved scenario and the wiring, for `--dry-run`. */
export function printDryRun(plan: Plan, json: boolean): void {
	const actors = plan.roster.map(({ name, kind, host }) => ({ name, kind, host }));
	if (json) {
		const { run, folder, scenario, wires } = plan;
		process.stdout.write(
			`${JSON.stringify({ run, folder, scenario, actors, wires }, null, '\t')}\n`,
		);
		return;
	}
	const width = Math.max(...actors.map(({ name }) => name.length));
	const wires = plan.wires.map(({ from, to, delayUs }) => {
		const delay =
			delayUs === 0 ? '' : `  (delay ${delayUs < 1000 ? `${delayUs} us` : formatSimTime(delayUs)})`;
		return `  ${from.actor}.${from.port} -> ${to.actor}.${to.port}${delay}`;
	});
	const lines = [
		'# scenario',
		stringify(plan.scenario, { lineWidth: 0 }).trimEnd(),
		'',
		'# actors (name, kind, process)',
		...actors.map(({ name, kind, host }) => `  ${name.padEnd(width)}  ${kind.padEnd(10)}  ${host}`),
		'',
		'# wires',
		...wires,
		...(plan.sites === null ? [] : ['', '# sources', ...plan.sources.map((line) => `  ${line}`)]),
	];
	process.stdout.write(`${lines.join('\n')}\n`);
}
