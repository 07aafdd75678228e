import { type Callback, suite, type Test } from 'uvu';

/**
 * Lets the runner divide a file's tests among processes: tests from here on belong to slices in turn, and a process
 * runs those of its slice (`GRIDBEAT_SLICE`, such as `2/6`; without it all). For files of many independent runs; what
 * a test makes, another one of the file must not need.
 *
 * @param slices how many; the runner reads it where it stands in the file
 */
export function inSlices(slices: number): Test<object> {
	const own = suite<object>('');
	const [slice, of] = (process.env['GRIDBEAT_SLICE'] ?? '0/1').split('/').map(Number);
	if (slice === undefined || (of !== 1 && of !== slices) || slice >= of) {
		throw new Error(`Cannot run slice "${process.env['GRIDBEAT_SLICE']}": the file has ${slices}`);
	}
	let count = 0;
	const add = (name: string, handler: Callback<object>) => {
		if (count++ % of === slice) own(name, handler);
	};
	return Object.assign(add, {
		only: own.only,
		skip: own.skip,
		before: own.before,
		after: own.after,
		run: own.run,
	});
}
