import * as z from 'zod';
import type { App, GatewayClock, GatewayContext } from '../context.ts';
import type { ControlledRun, RunsHost, ServedRun } from '../runs-host.ts';
import { Accepted, Done, Listing, RunParams, Speed, Start, Step } from '../schemas.ts';
import { HttpError, REFUSALS } from './errors.ts';

const TAGS = ['runs'];

/** Runs: their list, how one is started, and how one that goes on is controlled. */
export function runs(app: App, { runs: host, isTrusted, clock }: GatewayContext): void {
	app.get(
		'/api/runs',
		{
			schema: {
				...{ tags: TAGS, summary: 'all runs, newest first' },
				response: { 200: z.array(Listing), ...REFUSALS },
			},
		},
		async () => [...(await host.list())],
	);
	app.post(
		'/api/runs',
		{
			schema: {
				...{ tags: TAGS, summary: 'start a run', body: Start },
				response: { 201: Listing, ...REFUSALS },
			},
		},
		async ({ body: { scenario, options = {} } }, reply) => {
			const run = await host.start(scenario, { ...options, isTrusted });
			return reply.code(201).header('location', `/api/runs/${run.id}`).send(run);
		},
	);
	app.get(
		'/api/runs/:id',
		{
			schema: {
				...{ tags: TAGS, summary: 'a run', params: RunParams },
				response: { 200: Listing, ...REFUSALS },
			},
		},
		async ({ params: { id } }) => (await recordOf(host, id)).listing,
	);
	controls(app, host);
	steps(app, host, clock);
}

/** Ways of controlling a run that need nothing said. */
const CONTROLS = {
	pause: { summary: 'stop simulating after the window', act: (run: ControlledRun) => run.pause() },
	resume: { summary: 'go on after a pause', act: (run: ControlledRun) => run.resume() },
	stop: { summary: 'end it after its window', act: (run: ControlledRun) => run.stop() },
} as const;

function controls(app: App, host: RunsHost): void {
	const answers = { response: { 200: Done, ...REFUSALS } };
	for (const [name, { summary, act }] of Object.entries(CONTROLS)) {
		app.post(
			`/api/runs/:id/${name}`,
			{ schema: { tags: TAGS, summary, params: RunParams, ...answers } },
			async ({ params: { id } }) => {
				act(await liveRun(host, id));
				return DONE;
			},
		);
	}
	app.put(
		'/api/runs/:id/speed',
		{
			schema: {
				...{ tags: TAGS, summary: 'set how fast it goes', params: RunParams },
				...{ body: Speed, ...answers },
			},
		},
		async ({ params: { id }, body: { factor } }) => {
			(await liveRun(host, id)).setSpeed(factor);
			return DONE;
		},
	);
}

/** Whoever wants many steps is not kept waiting for all of them: proxies and clients give up. */
const STEP_WAIT_MS = 10_000;

function steps(app: App, host: RunsHost, clock: GatewayClock): void {
	app.post(
		'/api/runs/:id/step',
		{
			schema: {
				...{ tags: TAGS, summary: 'simulate so many steps, and pause', params: RunParams },
				...{ body: Step, response: { 200: Done, 202: Accepted, ...REFUSALS } },
			},
		},
		async ({ params: { id }, body: { count } }, reply) => {
			const done = (await liveRun(host, id)).step(count).then(() => true);
			let forget = () => {};
			const waited = new Promise<false>((resolve) => {
				forget = clock.after(STEP_WAIT_MS, () => resolve(false));
			});
			// A run that fails after that says so by itself.
			done.catch(() => {});
			const isDone = await Promise.race([done, waited]).finally(forget);
			return isDone ? DONE : reply.code(202).send({ status: 'accepted' as const });
		},
	);
}

const DONE = { status: 'ok' } as const;

/** What is recorded of a run. @throws HttpError if there is none of that id */
export async function recordOf(host: RunsHost, id: string) {
	const record = await host.open(id);
	if (record === null) throw new HttpError(404, `Cannot find the run "${id}": there is none here`);
	return record;
}

/** A run that goes on here. @throws HttpError if there is none of that id, or it does not */
export async function liveRun(host: RunsHost, id: string): Promise<ServedRun> {
	const run = host.running(id);
	if (run !== null) return run;
	await recordOf(host, id);
	throw new HttpError(409, `Cannot control the run "${id}": it does not go on in this process`);
}
