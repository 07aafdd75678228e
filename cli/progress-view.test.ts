import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HOUR_US } from '../protocol/time.ts';
import { progressView } from './progress-view.ts';

/** What is written to something that is no terminal when a run is done, by how far it was behind. */
function lineOf(lagMs: number | null): string {
	let written = '';
	const stream = {
		write(text: string) {
			written += text;
			return true;
		},
	};
	const view = progressView(HOUR_US, stream as unknown as NodeJS.WriteStream);
	const figures = new Map([['recorder', { loadW: 500 }]]);
	const about = { phase: 'running', untilS: 3600, isExact: true } as const;
	view.show({ ...about, simulatedS: 3600, lagMs, figures });
	view.end();
	return written;
}

test('a line of progress says how far a run is behind its schedule, where that is worth a word', () => {
	const line = (behind: string) =>
		new RegExp(`^01:00:00 +100 %  \\d+k? x real time${behind}  load 0\\.50 kW\\n$`);
	assert.match(lineOf(12_340), line(', 12\\.3 s behind'));
	assert.match(lineOf(100), line(', 0\\.1 s behind'));
	for (const none of [99, 0, null]) assert.match(lineOf(none), line(''));
});

test.run();
