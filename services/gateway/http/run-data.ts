import * as z from 'zod';
import { Command, ControlSpec, GridEventCommand } from '../../../protocol/commands.ts';
import type { App, GatewayContext } from '../context.ts';
import type { RunsHost } from '../runs-host.ts';
import {
	Accepted,
	Actors,
	Compare,
	HistoryAnswer,
	HistoryParts,
	LatencyAnswer,
	LatencyParts,
	RunParams,
	Site,
	SiteParams,
	StateOfRun,
} from '../schemas.ts';
import { HttpError, REFUSALS } from './errors.ts';
import { liveRun, recordOf } from './runs.ts';

const TAGS = ['data'];
const ONE = { tags: TAGS, params: RunParams };

/** Most runs that are compared at a time. */
const COMPARED_MAX = 20;

/** What a run is, was and wanted: values, history, commands, scenario, figures. */
export function runData(app: App, { runs: host }: GatewayContext): void {
	current(app, host);
	history(app, host);
	latency(app, host);
	commands(app, host);
	whole(app, host);
}

function current(app: App, host: RunsHost): void {
	app.get(
		'/api/runs/:id/sites',
		{
			schema: {
				...ONE,
				summary: 'its sites and their actors',
				response: { 200: z.array(Site), ...REFUSALS },
			},
		},
		async ({ params: { id } }) =>
			(await (await recordOf(host, id)).sites()).map((site) => ({
				...site,
				actors: site.actors.map((actor) => ({ ...actor })),
			})),
	);
	app.get(
		'/api/runs/:id/sites/:site/actors',
		{
			schema: {
				...{ tags: TAGS, params: SiteParams, summary: 'the actors of a site' },
				response: { 200: Actors, ...REFUSALS },
			},
		},
		async ({ params: { id, site: name } }) => {
			const sites = await (await recordOf(host, id)).sites();
			const site = sites.find((one) => one.name === name);
			if (site === undefined)
				throw new HttpError(404, `Cannot find the site "${name}": the run "${id}" has none of it`);
			return site.actors.map((actor) => ({ ...actor }));
		},
	);
	app.get(
		'/api/runs/:id/state',
		{
			schema: {
				...ONE,
				summary: 'how it stands, and its values now',
				response: { 200: StateOfRun, ...REFUSALS },
			},
		},
		async ({ params: { id } }) => stateOf(host, id),
	);
}

/** How a run stands, and its values now. @throws HttpError if there is none of that id */
export async function stateOf(host: RunsHost, id: string): Promise<z.infer<typeof StateOfRun>> {
	const record = await recordOf(host, id);
	const run = host.running(id);
	const state = run === null ? null : await run.state().catch(() => null);
	const live = run === null ? null : run.snapshot();
	const snapshot = live ?? (await record.snapshot());
	if (state === null) return { run: record.listing, state, snapshot };
	const { type: _, ...known } = state;
	return { run: record.listing, state: known, snapshot };
}

function history(app: App, host: RunsHost): void {
	app.get(
		'/api/runs/:id/history',
		{
			schema: {
				...ONE,
				summary: 'a part of a table by columns, also while the run goes on',
				querystring: HistoryParts,
				response: { 200: HistoryAnswer, ...REFUSALS },
			},
		},
		async ({ params: { id }, query }) => {
			const record = await recordOf(host, id);
			const {
				site = null,
				of = null,
				sum: isSum,
				table,
				columns,
				from: fromUs,
				to: toUs = null,
				points,
			} = query;
			const names = columns === undefined ? null : columns.split(',');
			const sum = isSum === 'true';
			const where = { site, table, of, sum, columns: names };
			const part = await record.history({ ...where, fromUs, toUs, points });
			return {
				...part,
				timeUs: [...part.timeUs],
				columns: mapped(part.columns, (values) => [...values]),
				units: { ...part.units },
			};
		},
	);
}

function latency(app: App, host: RunsHost): void {
	app.get(
		'/api/runs/:id/latency',
		{
			schema: {
				...ONE,
				summary: 'how long requests took, by the time of their completion',
				querystring: LatencyParts,
				response: { 200: LatencyAnswer, ...REFUSALS },
			},
		},
		async ({ params: { id }, query: { site, from, to, points } }) => {
			const record = await recordOf(host, id);
			return record.latency({ site: site ?? null, fromUs: from, toUs: to ?? null, points });
		},
	);
}

function mapped<From, To>(record: Readonly<Record<string, From>>, of: (value: From) => To) {
	return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value)]));
}

function commands(app: App, host: RunsHost): void {
	app.get(
		'/api/runs/:id/commands',
		{
			schema: {
				...ONE,
				summary: 'what was wanted of it in its course',
				response: { 200: z.array(z.unknown()), ...REFUSALS },
			},
		},
		async ({ params: { id } }) => [...(await (await recordOf(host, id)).commands())],
	);
	app.get(
		'/api/runs/:id/controls',
		{
			schema: {
				...ONE,
				summary: 'what can be set of it while it goes on, by actor',
				response: { 200: z.array(ControlSpec.extend({ actor: z.string() })), ...REFUSALS },
			},
		},
		async ({ params: { id } }) => [...(await liveRun(host, id)).controls()],
	);
	const accepted = { 202: Accepted, ...REFUSALS };
	const pass = async (id: string, command: Command) => {
		const refused = await (await liveRun(host, id)).command(command, 'api');
		if (refused !== null) throw new HttpError(409, `Cannot take the command: ${refused}`);
		return { status: 'accepted' as const };
	};
	app.post(
		'/api/runs/:id/commands',
		{
			schema: {
				...ONE,
				summary: 'want something of it from the start of its next window on',
				body: z.strictObject({ command: Command }),
				response: accepted,
			},
		},
		async ({ params: { id }, body: { command } }, reply) =>
			reply.code(202).send(await pass(id, command)),
	);
	app.post(
		'/api/runs/:id/grid-events',
		{
			schema: {
				...ONE,
				summary: 'announce an import limit, an outage, demand response or a price',
				body: z.strictObject({ event: GridEventCommand }),
				response: accepted,
			},
		},
		async ({ params: { id }, body: { event } }, reply) =>
			reply.code(202).send(await pass(id, event)),
	);
}

function whole(app: App, host: RunsHost): void {
	const answers = { response: { 200: z.unknown(), ...REFUSALS } };
	app.get(
		'/api/runs/:id/scenario',
		{ schema: { ...ONE, summary: 'its scenario, whole', ...answers } },
		async ({ params: { id } }) => (await recordOf(host, id)).scenario(),
	);
	app.get(
		'/api/runs/:id/summary',
		{ schema: { ...ONE, summary: 'its figures', ...answers } },
		async ({ params: { id } }) => (await recordOf(host, id)).summary(),
	);
	app.get(
		'/api/compare',
		{
			schema: {
				...{ tags: TAGS, summary: 'figures of runs side by side', querystring: Compare },
				...answers,
			},
		},
		async ({ query }) => {
			const ids = query.runs.split(',').filter((id) => id !== '');
			if (ids.length < 2 || ids.length > COMPARED_MAX)
				throw new HttpError(400, `Cannot compare ${ids.length} runs: give 2 to ${COMPARED_MAX}`);
			for (const id of ids) await recordOf(host, id);
			return host.compare(ids);
		},
	);
}
