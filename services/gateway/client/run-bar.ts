import { html, nothing, type TemplateResult } from 'lit-html';
import { hashOf } from './routes.ts';
import type { RunWatch } from './run-watch.ts';
import { Calendar, figure, span } from './words.ts';

/** Simulated seconds a second that can be chosen; 0 stands for as many as it can. */
const SPEEDS = [1, 10, 60, 600, 3600, 0] as const;

/** What the bar does. */
export interface RunDeeds {
	pause(): void;
	resume(): void;
	step(): void;
	stop(): void;
	setSpeed(factor: number | null): void;
}

/** What a run is, how far, and the buttons that control it. */
export function runBar(watch: RunWatch, deeds: RunDeeds): TemplateResult {
	const { info, now, id } = watch;
	const untilUs = now?.state?.untilUs ?? info?.untilUs ?? null;
	const name = info?.name ?? id;
	return html`<header class="run-head">
		<div class="run-name">
			<h1>${name === '' ? id : name}</h1>
			${badge(watch)}
			<span class="soft">${[info?.location, name === id ? null : id].filter((text) => text).join(' · ')}</span>
		</div>
		<div class="run-time">
			<span class="clock">${momentOf(watch)}</span>
			<span class="soft">${untilUs === null ? span(watch.simUs) : `${span(watch.simUs)} of ${span(untilUs)}`}${paceText(watch)}</span>
			<progress aria-label="Simulated" max="1" .value=${untilUs ? Math.min(1, watch.simUs / untilUs) : 0}></progress>
		</div>
		${watch.info?.isLive === true && watch.connection !== 'ended' ? buttons(watch, deeds) : pastLinks(id)}
	</header>
	${connectionBanner(watch)}
	${info?.reason ? html`<p class="banner">${info.reason}</p>` : nothing}`;
}

/** What a run is at, as a word with a colour. */
export function badge({ info, now, connection }: RunWatch): TemplateResult {
	const phase = connection === 'ended' ? null : (now?.state?.phase ?? null);
	const word = phase ?? info?.status ?? 'connecting';
	return statusBadge(word);
}

/** A status in a run’s list. */
export function statusBadge(word: string): TemplateResult {
	const tone = ['running', 'complete'].includes(word)
		? 'good'
		: ['failed', 'aborted'].includes(word)
			? 'bad'
			: 'calm';
	return html`<span class="badge ${tone}">${word}</span>`;
}

function momentOf({ info, simUs }: RunWatch): string {
	const start = Date.parse(info?.simStart ?? '');
	if (Number.isNaN(start)) return span(simUs);
	return new Calendar(info?.timezone ?? 'UTC').moment(start + simUs / 1000);
}

/** Less behind its schedule than this is none, as in a terminal. */
const LAG_MIN_MS = 100;

function paceText({ now, connection }: RunWatch): string {
	const state = now?.state ?? null;
	if (state === null || connection === 'ended') return '';
	const pace = state.pace === null ? 'as fast as it can' : `${figure(state.pace)} × real time`;
	const lag = state.lagMs ?? null;
	return `, ${pace}${lag === null || lag < LAG_MIN_MS ? '' : `, ${(lag / 1000).toFixed(1)} s behind`}`;
}

function buttons({ now }: RunWatch, deeds: RunDeeds): TemplateResult {
	const isPaused = now?.state?.phase === 'paused';
	const pace = now?.state?.pace ?? null;
	const others = SPEEDS.includes((pace ?? 0) as (typeof SPEEDS)[number]) ? [] : [pace ?? 0];
	return html`<div class="buttons" role="group" aria-label="Control of the run">
		<button type="button" class="main" @click=${() => (isPaused ? deeds.resume() : deeds.pause())}>${isPaused ? '▶ Resume' : '❚❚ Pause'}</button>
		<button type="button" @click=${deeds.step}>Step</button>
		<label class="speed">Speed
			<select @change=${(event: Event) => {
				const factor = Number((event.target as HTMLSelectElement).value);
				deeds.setSpeed(factor === 0 ? null : factor);
			}}>${[...others, ...SPEEDS].map(
				(factor) =>
					html`<option value=${factor} ?selected=${factor === (pace ?? 0)}>${factor === 0 ? 'full' : `${factor} ×`}</option>`,
			)}</select>
		</label>
		<button type="button" class="grave" @click=${deeds.stop}>Stop</button>
	</div>`;
}

function pastLinks(id: string): TemplateResult {
	return html`<div class="buttons"><a class="button" href=${hashOf({ view: 'new', from: id })}>What if …</a></div>`;
}

function connectionBanner({ connection, problem }: RunWatch): TemplateResult | typeof nothing {
	if (problem !== null) return html`<p class="banner" role="alert">${problem}</p>`;
	if (connection !== 'lost') return nothing;
	return html`<p class="banner" role="status">The connection to the server is lost; trying again.</p>`;
}
