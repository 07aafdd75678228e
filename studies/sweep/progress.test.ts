import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { silentView, workView } from './progress.ts';

function heard(isTTY = false): { write(text: string): boolean; isTTY: boolean; text: string } {
	return {
		isTTY,
		text: '',
		write(text: string) {
			this.text += text;
			return true;
		},
	};
}

test('workView() names what failed, and ends with how much is done', () => {
	const stream = heard();
	const view = workView(3, 'runs', stream);
	view.update('a', 0.5);
	view.done('a', null);
	view.done('b', 'Cannot do it: it is odd');
	view.update('c', 'all at once', 'host:7');
	view.done('c', null);
	view.end();
	assert.is(stream.text, 'b: Cannot do it: it is odd\n3 of 3 runs, 1 failed\n');
});

test('silentView() says nothing but what failed', () => {
	const stream = heard();
	const view = silentView(stream);
	view.update('a', 0.5);
	view.done('a', null);
	view.done('b', 'no');
	view.end();
	assert.is(stream.text, 'b: no\n');
});

test.run();
