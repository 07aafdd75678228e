import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HOUR_US } from '../protocol/time.ts';
import { progressView, wrapped } from './progress-view.ts';
import { Speed } from './speed.ts';

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

test('how fast a run goes and how long it still takes count from where it began here', () => {
	const speed = new Speed(10 * HOUR_US, 1_000);
	assert.is(speed.text(4 * HOUR_US, 1_000, null), '0 x real time');
	assert.is(speed.text(4.1 * HOUR_US, 2_000, null), '360 x real time');
	assert.is(speed.text(5 * HOUR_US, 11_000, null), '360 x real time, 50 s left');
	assert.is(speed.text(5 * HOUR_US, 3_601_000, 250), '1 x real time, 0.3 s behind, 5 h 0 min left');
	assert.is(speed.text(10 * HOUR_US, 3_601_000, null), '6 x real time');
	const slow = new Speed(100 * HOUR_US, 0);
	slow.text(0, 0, null);
	assert.is(slow.text(HOUR_US, 3_600_000, null), '1 x real time, 4 d 3 h left');
	assert.is(slow.text(98 * HOUR_US, 3_600_000, null), '98 x real time, 74 s left');
	assert.is(slow.text(95 * HOUR_US, 3_600_000, null), '95 x real time, 3 min left');
});

test('a long notice is broken between words, and a long word where it must be', () => {
	assert.is(wrapped('one two three', 20), 'one two three');
	assert.is(wrapped('one two three four', 9), 'one two\nthree\nfour');
	assert.is(wrapped('a /very/long/path b', 8), 'a\n/very/lo\nng/path\nb');
	assert.is(wrapped('two\nlines', 20), 'two\nlines');
});

test.run();
