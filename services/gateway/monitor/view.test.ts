import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MonitorConfig } from './config.ts';
import { firstState } from './state.ts';
import { MonitorView } from './view.ts';

const config: MonitorConfig = {
	stepUs: 1_000_000,
	untilUs: 10_000_000,
	startEpochMs: 0,
	sites: [],
};
const at = (untilUs: number) => ({ config, state: { ...firstState(config), untilUs } });

test('a run that goes back is shown as it is, and its sums as far as they were', () => {
	const view = new MonitorView();
	assert.is(view.snapshot(), null);
	const seen: (readonly [number | undefined, number | undefined])[] = [];
	const look = () => {
		seen.push([view.snapshot()?.simUs, view.furthest()?.state.untilUs]);
	};
	const forget = view.onStep(look);
	for (const untilUs of [1, 5, 2, 5, 6]) view.show(at(untilUs));
	forget();
	view.show(at(7));
	assert.equal(seen, [
		...[
			[1, 1],
			[5, 5],
		],
		...[
			[2, 5],
			[5, 5],
		],
		[6, 6],
	]);
});

test.run();
