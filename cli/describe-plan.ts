import { DateTime } from 'luxon';
import { Document, isScalar } from 'yaml';
import { namesText } from '../protocol/names-text.ts';
import { capText } from '../protocol/scenario/caps.ts';
import { formatSimTime } from '../protocol/time.ts';
import { memoryLines, replicaMemory } from '../run/resolve/memory-plan.ts';
import { siteLabel, summaryLine } from '../run/resolve/metadata.ts';
import type { Plan } from '../run/resolve/plan.ts';
import { estimateHere, estimateLines, estimateText } from './estimate-lines.ts';
import { printJson } from './json-output.ts';

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
	lines.push(...[...sharedLines(plan), ...estimateLines(plan)].map((line) => `  ${line}`));
	process.stdout.write(`${lines.join('\n')}\n`);
}

const LINES_MAX = 16;

/** A line for each process that several actors share. */
function sharedLines({ roster }: Plan): string[] {
	const actorsOf = new Map<string, string[]>();
	for (const { host, name } of roster) actorsOf.set(host, [...(actorsOf.get(host) ?? []), name]);
	if (actorsOf.size === 1) return [];
	const lines = [...actorsOf]
		.filter(([, actors]) => actors.length > 1)
		.map(([host, actors]) => `${host}: ${namesText(actors)}`);
	const more = lines.length - LINES_MAX;
	return more > 0 ? [...lines.slice(0, LINES_MAX), `and ${more} more`] : lines;
}

/** The process of an actor, and what its worker must be. */
function hostText({ external, placing }: Plan, host: string): string {
	if (!external.has(host)) return host;
	const flags = Object.entries(placing.needs[host] ?? {}).map(
		([name, value]) => `${name}=${value}`,
	);
	return [host, '(worker)', ...flags].join(' ');
}

/** The scenario as YAML; behind each value that is no default stands where it is from. */
function scenarioText({ scenario, origins = {} }: Plan): string {
	const document = new Document(scenario);
	for (const [path, origin] of Object.entries(origins)) {
		const node = document.getIn(path.split('.'), true);
		if (origin !== 'default' && isScalar(node)) node.comment = ` ${origin}`;
	}
	return document.toString({ lineWidth: 0 }).trimEnd();
}

/** KV memory of a replica, where something is served. */
function memoryText({ scenario, frame }: Plan): string[] {
	const memory = replicaMemory(scenario, frame);
	return memory === null ? [] : ['# memory', ...memoryLines(memory).map((line) => `  ${line}`), ''];
}

/** The resolved scenario and the wiring, for `--dry-run`. */
export function printDryRun(plan: Plan, json: boolean): void {
	const actors = plan.roster.map(({ name, kind, host }) => ({ name, kind, host }));
	if (json) {
		const { run, folder, scenario, wires, origins = {} } = plan;
		const estimate = estimateHere(plan);
		const memory = replicaMemory(scenario, plan.frame);
		printJson('dry-run', { run, folder, scenario, origins, actors, wires, estimate, memory });
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
		scenarioText(plan),
		'',
		'# actors (name, kind, process)',
		...actors.map(
			({ name, kind, host }) =>
				`  ${name.padEnd(width)}  ${kind.padEnd(10)}  ${hostText(plan, host)}`,
		),
		'',
		'# wires',
		...wires,
		'',
		...memoryText(plan),
		'# estimate',
		...estimateText(plan).map((line) => `  ${line}`),
		...(plan.sites === null ? [] : ['', '# sources', ...plan.sources.map((line) => `  ${line}`)]),
	];
	process.stdout.write(`${lines.join('\n')}\n`);
}
