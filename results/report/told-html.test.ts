import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { toldHtml } from './told-html.ts';

const AT = '2026-11-30T12:00:00.000Z';
const set = (fromUs: number, key: string, value: number | null) =>
	LoggedCommand.parse({
		...{ fromUs, by: 'api', at: AT },
		command: { type: 'set', site: 'home', actor: null, key, value },
	});

test('a report says what a run was told, from when on and by whom, and nothing where nobody told it anything', () => {
	assert.is(toldHtml([]), '');
	const html = toldHtml([set(3_600_000_000, 'capW', 150), set(7_200_000_000, 'capW', null)]);
	assert.match(html, '<th scope="row">01:00:00</th><td>the API</td><td>home: capW 150</td>');
	assert.match(html, '<td>home: capW as the scenario says</td>');
});

test('values of feeds have a part of their own, and of many commands the rest is counted', () => {
	const signal = LoggedCommand.parse({
		...{ fromUs: 0, by: 'feed', at: AT },
		command: {
			...{ type: 'signal', actor: 'carbon', heard: 'unchanged', quantity: 'carbon', unit: 'g/kWh' },
			...{ points: [], receivedAtMs: 0, from: 'http://127.0.0.1/' },
		},
	});
	assert.is(toldHtml([signal]), '');
	const many = Array.from({ length: 60 }, (_, i) => set(i, 'capW', i));
	assert.match(toldHtml(many), '10 more stand there');
	assert.is(toldHtml(many).match(/<tr>/g)?.length, 51);
});

test.run();
