import * as original from 'fast-check';

export * from 'fast-check';

/**
 * fast-check with one seed for every random test of a process, so that the gate draws the same cases today and
 * tomorrow and a failure can be repeated. `GRIDBEAT_SEED` sets another (`make fuzz` a fresh one), `GRIDBEAT_RUNS` a
 * multiple of the cases of each test. Every random test draws from here; tidy.test.ts refuses fast-check itself.
 */
const SEED = wholeNumber('GRIDBEAT_SEED', 1, -0x8000_0000);
const TIMES = wholeNumber('GRIDBEAT_RUNS', 1, 1);

/** What a test draws if it does not say. */
const RUNS = 100;

/** A counterexample that is not small by then is shown as it is. */
const SHRINK_LIMIT_MS = 60_000;

function wholeNumber(name: string, otherwise: number, least: number): number {
	const text = process.env[name] ?? '';
	if (text === '') return otherwise;
	const value = Number(text);
	if (Number.isInteger(value) && value >= least && value < 0x8000_0000) return value;
	throw new RangeError(`Cannot use ${name} "${text}": give a whole number from ${least} on`);
}

/** fast-check's own, with the seed of the process; what fails ends with the command that repeats it. */
export function assert<Ts>(
	property: original.IProperty<Ts>,
	parameters?: original.Parameters<Ts>,
): void;
export function assert<Ts>(
	property: original.IAsyncProperty<Ts>,
	parameters?: original.Parameters<Ts>,
): Promise<void>;
export function assert<Ts>(
	property: original.IRawProperty<Ts>,
	parameters: original.Parameters<Ts> = {},
): Promise<void> | void {
	const { numRuns = RUNS, ...rest } = parameters;
	const given = {
		seed: SEED,
		includeErrorInReport: true,
		...rest,
		numRuns: Math.ceil(TIMES * numRuns),
	};
	const found = original.check(property, { ...given, endOnFailure: true });
	const shrink = (details: original.RunDetails<Ts>) => {
		if (!details.failed) return;
		// Said before it is made small: that takes its time.
		process.stderr.write(`Property failed, ${repeatOf(details)}\n`);
		const path = details.counterexamplePath ?? '';
		const limits = { interruptAfterTimeLimit: SHRINK_LIMIT_MS, markInterruptAsFailure: true };
		return original.assert(property, { ...given, ...limits, path, reporter: report });
	};
	return found instanceof Promise ? found.then(shrink) : shrink(found as original.RunDetails<Ts>);
}

function report<Ts>(details: original.RunDetails<Ts>): void {
	if (!details.failed) return;
	throw new Error(`${original.defaultReportMessage(details)}\n\n${repeatOf(details)}`, {
		cause: details.errorInstance,
	});
}

function repeatOf<Ts>({ seed }: original.RunDetails<Ts>): string {
	const runs = TIMES === 1 ? '' : `GRIDBEAT_RUNS=${TIMES} `;
	return `repeat it: GRIDBEAT_SEED=${seed} ${runs}node dist/tests/run-tests.js ${testFile()}`;
}

/** The test file of this process, as run-tests.js takes it; uvu is given its folder and a pattern. */
function testFile(): string {
	const pattern = process.argv.at(-1) ?? '';
	return pattern.replaceAll(/[\^$\\]/g, '').replace(/\.js$/, '');
}
