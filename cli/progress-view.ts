import { MultiBar, Presets } from 'cli-progress';
import { formatSimTime, type SimTime, secondsToUs } from '../protocol/time.ts';
import type { RunProgress } from '../run/run-progress.ts';
import { describeMoment } from './moment.ts';
import { Speed } from './speed.ts';

/** Shows how a run goes: a bar in a terminal, plain lines elsewhere. */
export interface ProgressView {
	show(progress: RunProgress): void;
	notice(text: string): void;
	end(): void;
}

interface Stream {
	write(text: string): unknown;
	readonly isTTY?: boolean;
}

const BAR_FORMAT = '{bar} {percentage} %  {time}  {speed}';
/** Beside it a time of days, a speed, a lag and what is left fit into 80 columns. */
const BAR_WIDTH = 16;

/** Plain lines come at most this often, and at the end. */
const LINE_INTERVAL_MS = 2_000;

/**
 * A bar in a terminal, else a plain line now and then.
 *
 * @param untilUs simulated end of the run
 */
export function progressView(untilUs: SimTime, stream: Stream & NodeJS.WriteStream): ProgressView {
	return stream.isTTY === true ? barView(untilUs, stream) : lineView(untilUs, stream);
}

/** Shows no progress; `notice` hears what has to be said all the same. */
export function silentView(notice: (text: string) => void): ProgressView {
	return { show: () => {}, notice, end: () => {} };
}

/** Where a run is; a mean of many actors is no more exact than whole seconds. */
function timeOf({ simulatedS, isExact }: RunProgress): SimTime {
	return secondsToUs(isExact ? simulatedS : Math.floor(simulatedS));
}

/** A text in lines that a terminal does not cut, broken between words where it can be. */
export function wrapped(text: string, width: number): string {
	const line = new RegExp(`(.{1,${width}})(?:\\s+|$)|(.{${width}})`, 'g');
	return text
		.replaceAll(line, (_all, words?: string, part?: string) => `${words ?? part}\n`)
		.trimEnd();
}

function barView(untilUs: SimTime, stream: NodeJS.WriteStream): ProgressView {
	const pace = new Speed(untilUs, performance.now());
	const bars = new MultiBar(
		{ stream, hideCursor: true, clearOnComplete: true, format: BAR_FORMAT, barsize: BAR_WIDTH },
		Presets.shades_classic,
	);
	const bar = bars.create(untilUs, 0, { time: formatSimTime(0), speed: '' });
	// A bar takes one line: the figures of the moment are a second "bar" that shows text only.
	const line = bars.create(1, 0, { moment: 'starting' }, { format: '{moment}' });
	const fit = (text: string) => text.slice(0, Math.max(20, (stream.columns ?? 80) - 1));
	const show = (progress: RunProgress) => {
		const simulatedUs = timeOf(progress);
		const speed = pace.text(simulatedUs, performance.now(), progress.lagMs);
		bar.update(simulatedUs, { time: formatSimTime(simulatedUs), speed });
		line.update(0, { moment: fit(describeMoment(progress.figures)) });
	};
	return {
		show,
		notice(text) {
			bars.log(`${wrapped(text, (stream.columns ?? 80) - 1)}\n`);
		},
		end() {
			bars.stop();
		},
	};
}

function lineView(untilUs: SimTime, stream: Stream): ProgressView {
	let lastMs = performance.now();
	const pace = new Speed(untilUs, lastMs);
	const show = (progress: RunProgress) => {
		const simulatedUs = timeOf(progress);
		const nowMs = performance.now();
		if (nowMs - lastMs < LINE_INTERVAL_MS && simulatedUs < untilUs) return;
		lastMs = nowMs;
		const percent = Math.floor((100 * simulatedUs) / untilUs);
		const time = formatSimTime(simulatedUs).padStart(8);
		const speed = pace.text(simulatedUs, nowMs, progress.lagMs);
		stream.write(`${time}  ${percent} %  ${speed}  ${describeMoment(progress.figures)}\n`);
	};
	return {
		show,
		notice(text) {
			stream.write(`${text}\n`);
		},
		end() {},
	};
}
