import { collectDefaultMetrics, Registry } from 'prom-client';
import * as z from 'zod';
import type { RunState } from '../../../protocol/status-messages.ts';
import type { App, GatewayClock, GatewayContext } from '../context.ts';
import { allFamilies } from '../metrics/all-families.ts';
import { expositionOf } from '../metrics/exposition.ts';
import { runFamilies } from '../metrics/run-families.ts';
import type { ServedRun } from '../runs-host.ts';

/** Of the text format of Prometheus. */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** A run that does not say by then how it stands is shown without that, in milliseconds: a scraper does not wait long. */
const STATE_WITHIN_MS = 1_000;

/** `GET /metrics`: the runs that go on here, and this process, for Prometheus. Vessim's API has its gauges at the same place. */
export function metrics(app: App, { runs, clock }: GatewayContext): void {
	// Of the process itself: what it takes, and how late its event loop is.
	const register = new Registry();
	collectDefaultMetrics({ register });
	app.get(
		'/metrics',
		{
			schema: {
				tags: ['server'],
				summary: 'the runs that go on and this process, as Prometheus reads them',
				produces: ['text/plain'],
				response: { 200: z.string() },
			},
		},
		async (_request, reply) => {
			const live = [...runs.live()];
			const shown = live.flatMap(({ id, monitor }) => {
				const monitored = monitor.furthest();
				return monitored === null ? [] : [{ run: id, monitored }];
			});
			const states = await Promise.all(live.map((run) => stateOf(run, clock)));
			const families = [...runFamilies(states.flatMap((one) => one ?? [])), ...allFamilies(shown)];
			return reply.type(TYPE).send(`${expositionOf(families)}${await register.metrics()}`);
		},
	);
}

/** How a run stands; null: it is not under way yet or any more, or does not say. */
function stateOf(run: ServedRun, clock: GatewayClock): Promise<RunState | null> {
	return new Promise((resolve) => {
		const forget = clock.after(STATE_WITHIN_MS, () => resolve(null));
		run
			.state()
			.then(resolve, () => resolve(null))
			.finally(forget);
	});
}
