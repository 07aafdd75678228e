import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FakeRuns, fakeGateway } from '../fake-runs.test-support.ts';
import type { MonitorConfig } from '../monitor/config.ts';
import { firstState } from '../monitor/state.ts';
import { MonitorView } from '../monitor/view.ts';
import type { ServedRun } from '../runs-host.ts';

const config: MonitorConfig = {
	...{ stepUs: 1_000_000, untilUs: 60_000_000, startEpochMs: 0 },
	sites: [],
};

/** Runs of these ids, each 7 simulated seconds old. */
class RunsOf extends FakeRuns {
	readonly #ids: readonly string[];
	readonly #state: (id: string) => Promise<never> | null;

	constructor(ids: readonly string[], state: (id: string) => Promise<never> | null = () => null) {
		super();
		this.#ids = ids;
		this.#state = state;
	}

	override live(): readonly ServedRun[] {
		const [run] = super.live();
		if (run === undefined) return [];
		return this.#ids.map((id) => {
			const monitor = new MonitorView();
			monitor.show({ config, state: { ...firstState(config), untilUs: 7_000_000 } });
			const state = async () => (await this.#state(id)) ?? { ...(await run.state()), run: id };
			return { ...run, id, monitor, state };
		});
	}
}

async function scrape(runs: FakeRuns) {
	const { app, clock } = await fakeGateway({ runs });
	const answer = app.inject({ url: '/metrics' });
	await new Promise((resolve) => setImmediate(resolve));
	clock.goOn(2_000);
	const { statusCode, headers, body } = await answer;
	await app.close();
	return { statusCode, type: headers['content-type'], lines: body.split('\n') };
}

test('every run that goes on has samples of its own, and the process has some too', async () => {
	const { statusCode, type, lines } = await scrape(new RunsOf(['a', 'b']));
	assert.is(statusCode, 200);
	assert.is(type, 'text/plain; version=0.0.4; charset=utf-8');
	for (const run of ['a', 'b']) {
		assert.ok(lines.includes(`gridbeat_simulated_seconds_total{run="${run}"} 7`), run);
		assert.ok(lines.includes(`gridbeat_run_paused{run="${run}"} 0`), run);
		assert.ok(lines.includes(`gridbeat_run_speed_ratio{run="${run}"} 1`), run);
	}
	assert.is(lines.filter((line) => line.startsWith('# TYPE gridbeat_simulated_seconds')).length, 1);
	assert.ok(lines.some((line) => /^process_resident_memory_bytes \d/.test(line)));
	assert.is(lines.at(-1), '');
});

test('a run that has ended, or that does not say how it stands, keeps nobody from the others', async () => {
	const none = await scrape(new RunsOf([]));
	assert.is(none.statusCode, 200);
	assert.ok(!none.lines.some((line) => line.includes('gridbeat_')));
	const runs = new RunsOf(['gone', 'mute', 'well'], (id) => {
		if (id === 'gone') return Promise.reject(new Error('it is over'));
		return id === 'mute' ? new Promise(() => {}) : null;
	});
	const { lines } = await scrape(runs);
	const of = (metric: string) =>
		lines
			.filter((line) => line.startsWith(`${metric}{`))
			.map((line) => /run="(\w+)"/.exec(line)?.[1]);
	assert.equal(of('gridbeat_simulated_seconds_total'), ['gone', 'mute', 'well']);
	assert.equal(of('gridbeat_run_paused'), ['well']);
});

test.run();
