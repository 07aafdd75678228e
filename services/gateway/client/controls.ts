import { html, type TemplateResult } from 'lit-html';
import type { ControlSpec } from '../../../protocol/commands.ts';
import type { RunWatch } from './run-watch.ts';
import type { Surroundings } from './view.ts';
import { span } from './words.ts';

/** A control that an actor of the run has. */
type Control = ControlSpec & { readonly actor: string };

/** What people call a control, and how much of its unit theirs is. */
interface Words {
	readonly label: string;
	readonly unit: string;
	/** Theirs in one of the control's. */
	readonly factor: number;
}

const WORDS: Readonly<Record<string, Words>> = {
	capW: { label: 'Cap per GPU', unit: 'W', factor: 1 },
	minSoc: { label: 'Lowest state of charge', unit: '%', factor: 100 },
	chargePowerW: { label: 'Charge with', unit: 'kW', factor: 1e-3 },
	island: { label: 'Leave the grid alone', unit: '', factor: 1 },
};

/** What the reader sets in a run that goes on. Each command acts from the start of the next window on. */
export class ControlPanel {
	private readonly watch: RunWatch;
	private readonly around: Surroundings;
	private controls: readonly Control[] | null = null;
	/** What became of the last command. */
	private answer = '';
	private isRefused = false;
	private event = 'demand-response';

	constructor(watch: RunWatch, around: Surroundings) {
		this.watch = watch;
		this.around = around;
	}

	/** @param site whose controls are shown, and those that are of none */
	template(site: string): TemplateResult {
		if (this.controls === null) void this.load();
		const ours = (this.controls ?? []).filter(({ actor }) => this.siteOf(actor) === site);
		return html`<div class="controls">
			${ours.map((control) => this.field(control, ours))}
			${this.replicas()}
			${this.gridEvent(site)}
			<p class="answer ${this.isRefused ? 'refused' : ''}" role="status">${this.answer}</p>
		</div>`;
	}

	/** Those of several sites begin with the name of theirs. */
	private siteOf(actor: string): string {
		const { sites } = this.watch;
		if (sites.length < 2) return sites[0] ?? '';
		return sites.find((site) => actor.startsWith(`${site}-`)) ?? '';
	}

	/** Before all actors are made there are none: they are asked for again then. */
	private async load(): Promise<void> {
		this.controls = [];
		try {
			const all = await this.around.api.get<Control[]>(`${this.watch.path}/controls`);
			this.controls = all.length === 0 && this.watch.simUs === 0 ? null : all;
		} catch {
			// A run that has ended meanwhile has none.
		}
		this.around.redraw();
	}

	private field(control: Control, all: readonly Control[]): TemplateResult {
		const { key, actor, unit: own, meaning, takes } = control;
		const { label, unit, factor } = WORDS[key] ?? { label: key, unit: own, factor: 1 };
		const isOne = all.filter((one) => one.key === key).length === 1;
		const name = isOne ? label : `${label}, ${actor}`;
		const id = `control-${actor}-${key}`;
		const submit = (event: SubmitEvent) => {
			event.preventDefault();
			const text = String(new FormData(event.target as HTMLFormElement).get('value') ?? '').trim();
			const value = valueTyped(text, takes, factor);
			void this.give({ type: 'set', site: null, actor, key, value });
		};
		return html`<form class="field" @submit=${submit}>
			<label for=${id}>${name}</label>
			<span class="row">${input(id, takes, factor)}<span class="unit">${unit}</span>
				<button type="submit" aria-label="Set ${name}">Set</button></span>
			<small id="hint-${id}">${meaning}; ${takes.type === 'number' ? 'empty' : '–'}: as the scenario says</small>
		</form>`;
	}

	private replicas(): TemplateResult {
		const submit = (event: SubmitEvent) => {
			event.preventDefault();
			const text = new FormData(event.target as HTMLFormElement).get('value');
			void this.give({ type: 'replicas', replicas: Number(text) });
		};
		return html`<form class="field" @submit=${submit}>
			<label for="control-replicas">Replicas</label>
			<span class="row"><input id="control-replicas" name="value" type="number" min="1" step="1" required aria-describedby="hint-replicas" />
				<button type="submit" aria-label="Set replicas">Set</button></span>
			<small id="hint-replicas">Where serving.scaling lets them be scaled</small>
		</form>`;
	}

	private gridEvent(site: string): TemplateResult {
		const [unit, label] = EVENTS[this.event] ?? ['', ''];
		return html`<form class="field wide" @submit=${(event: SubmitEvent) => this.announce(event, site)}>
			<label for="event-kind">Grid event</label>
			<span class="row">
				<select id="event-kind" name="kind" @change=${(event: Event) => {
					this.event = (event.target as HTMLSelectElement).value;
					this.around.redraw();
				}}>
					${Object.keys(EVENTS).map((kind) => html`<option ?selected=${kind === this.event}>${kind}</option>`)}
				</select>
				<label>in <input name="in" type="number" min="0" value="10" required /> min</label>
				<label>for <input name="for" type="number" min="1" value="60" required /> min</label>
				${unit === '' ? '' : html`<label>${label} <input name="amount" type="number" step="any" min="0" required /> ${unit}</label>`}
				<button type="submit">Announce</button>
			</span>
		</form>`;
	}

	private announce(event: SubmitEvent, site: string): void {
		event.preventDefault();
		const form = new FormData(event.target as HTMLFormElement);
		const number = (name: string) => Number(form.get(name) ?? 0);
		const kind = this.event;
		const { simUs: atUs, sites } = this.watch;
		const startUs = Math.round(atUs + number('in') * 60e6);
		void this.give({
			...{
				type: 'grid-event',
				id: `dashboard-${Math.round(startUs / 1e6)}`,
				site: sites.length > 1 ? site : null,
				event: kind,
			},
			...{ startUs, durationUs: Math.round(number('for') * 60e6) },
			...(kind === 'import-limit' ? { importLimitW: 1000 * number('amount') } : {}),
			...(kind === 'demand-response' ? { targetW: 1000 * number('amount') } : {}),
			...(kind === 'price' ? { usdPerKwh: number('amount') } : {}),
		});
	}

	private async give(command: Readonly<Record<string, unknown>>): Promise<void> {
		const { api, explain } = this.around;
		try {
			await api.send('POST', `${this.watch.path}/commands`, { command });
			this.tell(`Taken at ${span(this.watch.simUs)}; it acts from the next window on.`, false);
		} catch (error) {
			this.tell(explain(error), true);
		}
	}

	private tell(text: string, isRefused: boolean): void {
		this.answer = text;
		this.isRefused = isRefused;
		this.around.redraw();
	}
}

/** What is typed in, as the control takes it; null: as the scenario says. */
function valueTyped(
	text: string,
	takes: Control['takes'],
	factor: number,
): number | boolean | string | null {
	if (text === '') return null;
	if (takes.type === 'number') return Number((Number(text) / factor).toPrecision(12));
	return takes.type === 'boolean' ? text === 'yes' : text;
}

function input(id: string, takes: Control['takes'], factor: number): TemplateResult {
	if (takes.type === 'number') {
		const [min, max] = [takes.min * factor, takes.max === null ? '' : takes.max * factor];
		return html`<input id=${id} name="value" type="number" step="any" min=${min} max=${max} aria-describedby="hint-${id}" />`;
	}
	const choices = takes.type === 'boolean' ? ['yes', 'no'] : takes.of;
	return html`<select id=${id} name="value" aria-describedby="hint-${id}"><option value="">–</option>
		${choices.map((choice) => html`<option>${choice}</option>`)}</select>`;
}

/** Events of the grid, with the unit and the word of what they need to be told. */
const EVENTS: Readonly<Record<string, readonly [unit: string, label: string]>> = {
	'demand-response': ['kW', 'down to'],
	'import-limit': ['kW', 'at most'],
	outage: ['', ''],
	price: ['USD/kWh', 'of'],
};
