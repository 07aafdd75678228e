import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { App, GatewayContext } from '../context.ts';
import type { RunRecord, RunsHost, SiteAbout, StepRow } from '../runs-host.ts';
import { Visible } from '../schemas.ts';
import { HttpError, refusalOf } from './errors.ts';
import { liveRun } from './runs.ts';
import { commandOf, type Setting } from './vessim-controls.ts';

/**
 * The routes of Vessim's API, with its names, shapes and words, so that what was written for it finds its microgrids here:
 * those of the run that was started last. What it sets becomes a command of that run.
 */

const TAGS = ['vessim'];
const HISTORY_DEFAULT = 100;
/** Vessim keeps all rows in memory and gives them all for a limit of 0. */
const HISTORY_MAX = 10_000;

const Part = Visible;
const Grid = z.strictObject({ name: Part });
const Value = z.strictObject({ value: Visible });
const Detail = z.strictObject({ detail: z.string() });
const REFUSED = { 404: Detail, 409: Detail, 422: Detail };
const Queued = z.strictObject({ status: z.literal('command queued') });
const QUEUED = { status: 'command queued' } as const;

/** Vessim's routes. */
export function vessim(app: App, { runs }: GatewayContext): void {
	app.setErrorHandler(sendDetail);
	readings(app, runs);
	settings(app, runs);
}

/** Vessim says why in one word of its own, and 422 of what it cannot read. */
function sendDetail(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
	const { status, message } = refusalOf(error);
	void reply.code(status === 400 ? 422 : status).send({ detail: message });
}

function readings(app: App, runs: RunsHost): void {
	app.get(
		'/microgrids',
		{
			schema: {
				...{ tags: TAGS, summary: 'names of the microgrids' },
				response: { 200: z.array(z.string()) },
			},
		},
		async () => {
			const record = await latest(runs);
			return record === null ? [] : (await record.sites()).map(({ name }) => name);
		},
	);
	app.get(
		'/microgrids/:name',
		{
			schema: {
				...{ tags: TAGS, summary: 'its last step', params: Grid },
				response: { 200: z.record(z.string(), z.unknown()), ...REFUSED },
			},
		},
		async ({ params: { name } }) => {
			const { record } = await gridOf(runs, name);
			const [row] = await record.lastRows(name, 1);
			if (row === undefined) throw new HttpError(404, 'No data available');
			return stateOf(row);
		},
	);
	app.get(
		'/microgrids/:name/config',
		{
			schema: {
				...{ tags: TAGS, summary: 'what it is made of', params: Grid },
				response: { 200: z.unknown(), ...REFUSED },
			},
		},
		async ({ params: { name } }) => (await gridOf(runs, name)).record.microgrid(name),
	);
	app.get(
		'/microgrids/:name/history',
		{
			schema: {
				...{ tags: TAGS, summary: 'its last steps', params: Grid },
				querystring: z.strictObject({
					limit: z.coerce
						.number()
						.int()
						.default(HISTORY_DEFAULT)
						.describe('0: all, 10,000 at most'),
				}),
				response: {
					200: z.strictObject({ data: z.array(z.record(z.string(), z.unknown())) }),
					...REFUSED,
				},
			},
		},
		async ({ params: { name }, query: { limit } }) => {
			const { record } = await gridOf(runs, name);
			const count = limit <= 0 ? HISTORY_MAX : Math.min(limit, HISTORY_MAX);
			// A negative limit leaves out so many from the start, as slices of Python do.
			const rows = await record.lastRows(name, count);
			return { data: rows.slice(limit < 0 ? -limit : 0).map(stateOf) };
		},
	);
}

function settings(app: App, runs: RunsHost): void {
	const answers = { querystring: Value, response: { 200: Queued, ...REFUSED } };
	app.put(
		'/microgrids/:name/dispatchables/:dispatchable/:prop',
		{
			schema: {
				...{ tags: TAGS, summary: 'set something of a battery, or of the grid' },
				...{ params: Grid.extend({ dispatchable: Part, prop: Part }), ...answers },
			},
		},
		async ({ params: { name, dispatchable, prop }, query: { value } }) =>
			set(runs, name, { target: 'dispatchable', of: dispatchable, prop, value }),
	);
	app.put(
		'/microgrids/:name/policy/:prop',
		{
			schema: {
				...{ tags: TAGS, summary: 'set something of the policy' },
				...{ params: Grid.extend({ prop: Part }), ...answers },
			},
		},
		async ({ params: { name, prop }, query: { value } }) =>
			set(runs, name, { target: 'policy', of: null, prop, value }),
	);
	app.put(
		'/microgrids/:name/actors/:actor/signal',
		{
			schema: {
				...{ tags: TAGS, summary: 'set what a member reports, W' },
				...{ params: Grid.extend({ actor: Part }), ...answers },
			},
		},
		async ({ params: { name, actor }, query: { value } }) =>
			set(runs, name, { target: 'actor', of: actor, prop: 'signal', value }),
	);
}

async function set(runs: RunsHost, name: string, setting: Setting): Promise<typeof QUEUED> {
	const { record, site, siteName } = await gridOf(runs, name);
	const { listing } = record;
	const run = await liveRun(runs, listing.id);
	const controls = run.controls();
	const command = commandOf({ site, siteName, listing, controls }, setting);
	const refused = await run.command(command, 'api');
	if (refused !== null) throw new HttpError(409, `Cannot set "${setting.prop}": ${refused}`);
	return QUEUED;
}

/** The run that was started last, those that go on first; null: there is none. */
async function latest(runs: RunsHost): Promise<RunRecord | null> {
	const all = await runs.list();
	const one = all.find(({ isLive }) => isLive) ?? all[0];
	return one === undefined ? null : runs.open(one.id);
}

/** @throws HttpError for a microgrid that it does not have */
async function gridOf(
	runs: RunsHost,
	name: string,
): Promise<{ record: RunRecord; site: SiteAbout; siteName: string | null }> {
	const record = await latest(runs);
	const sites = (await record?.sites()) ?? [];
	const site = sites.find((one) => one.name === name);
	if (record === null || site === undefined) throw new HttpError(404, 'Microgrid not found');
	return { record, site, siteName: sites.length > 1 ? name : null };
}

/** The name that Vessim gives the grid, which is a dispatchable there. */
const GRID = 'grid';

/** A step as Vessim says it. */
function stateOf(row: StepRow): Record<string, unknown> {
	const { microgrid, time, p_delta, p_grid, ...rest } = row;
	const members = (key: string) => (rest[key] ?? {}) as Readonly<Record<string, unknown>>;
	const policy = members('policy_state');
	const isConnected = policy['mode'] !== 'islanded' && policy['grid_connected'] !== 0;
	const grid = { current_power: p_grid, connected: isConnected };
	return {
		...{ microgrid, time: String(time).replace(' ', 'T'), p_delta, p_grid },
		actor_states: members('actor_states'),
		policy_state: policy,
		dispatch_states: { [GRID]: grid, ...members('dispatch_states') },
		grid_signals: rest['grid_signals'] ?? null,
	};
}
