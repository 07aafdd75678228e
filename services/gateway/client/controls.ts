import { html, type TemplateResult } from 'lit-html';
import type { RunWatch } from './run-watch.ts';
import type { Surroundings } from './view.ts';
import { span } from './words.ts';

/** A control: what is typed in becomes a command. */
interface Control {
	readonly id: string;
	readonly label: string;
	/** Beside the field. */
	readonly unit: string;
	readonly hint: string;
	readonly min: number;
	readonly max?: number;
	/** What an empty field stands for; null: it is refused. */
	readonly whenEmpty: string | null;
	command(value: number | null, site: string): Readonly<Record<string, unknown>>;
}

const set = (key: string, site: string, value: number | boolean | null) => ({
	...{ type: 'set', site, actor: null, key, value },
});

const CONTROLS: readonly Control[] = [
	{
		...{
			id: 'cap',
			label: 'Cap per GPU',
			unit: 'W',
			hint: 'empty: by the rules of the scenario',
			min: 0,
		},
		whenEmpty: 'by the rules',
		command: (value, site) => set('capW', site, value),
	},
	{
		...{
			id: 'soc',
			label: 'Lowest state of charge',
			unit: '%',
			hint: 'empty: as the scenario says',
		},
		...{ min: 0, max: 100, whenEmpty: 'as the scenario says' },
		command: (value, site) => set('minSoc', site, value === null ? null : value / 100),
	},
	{
		...{
			id: 'charge',
			label: 'Charge with',
			unit: 'kW',
			hint: '− discharges; empty: by the policy',
		},
		...{ min: -1e6, whenEmpty: 'by the policy' },
		command: (value, site) => set('chargePowerW', site, value === null ? null : value * 1000),
	},
	{
		...{
			id: 'replicas',
			label: 'Replicas',
			unit: '',
			hint: 'where serving.scaling lets them be scaled',
		},
		...{ min: 1, whenEmpty: null },
		command: (value) => ({ type: 'replicas', replicas: value }),
	},
];

/** What the reader sets in a run that goes on. Each command acts from the start of the next window on. */
export class ControlPanel {
	private readonly watch: RunWatch;
	private readonly around: Surroundings;
	/** What became of the last command. */
	private answer = '';
	private isRefused = false;
	private event = 'demand-response';

	constructor(watch: RunWatch, around: Surroundings) {
		this.watch = watch;
		this.around = around;
	}

	template(site: string): TemplateResult {
		return html`<div class="controls">
			${CONTROLS.map((control) => this.field(control, site))}
			<div class="field">
				<span class="label" id="grid-label">Grid</span>
				<span class="row" role="group" aria-labelledby="grid-label">
					<button type="button" @click=${() => this.give(set('island', site, true))}>Island</button>
					<button type="button" @click=${() => this.give(set('island', site, null))}>Connect</button>
				</span>
			</div>
			${this.gridEvent(site)}
			<p class="answer ${this.isRefused ? 'refused' : ''}" role="status">${this.answer}</p>
		</div>`;
	}

	private field(control: Control, site: string): TemplateResult {
		const { id, label, unit, hint, min, max } = control;
		const submit = (event: SubmitEvent) => {
			event.preventDefault();
			const text = new FormData(event.target as HTMLFormElement).get('value');
			this.submit(control, site, String(text ?? '').trim());
		};
		return html`<form class="field" @submit=${submit}>
			<label for="control-${id}">${label}</label>
			<span class="row">
				<input id="control-${id}" name="value" type="number" step="any" min=${min} max=${max ?? ''} aria-describedby="hint-${id}" />
				<span class="unit">${unit}</span>
				<button type="submit" aria-label="Set ${label}">Set</button>
			</span>
			<small id="hint-${id}">${hint}</small>
		</form>`;
	}

	private submit(control: Control, site: string, text: string): void {
		if (text === '' && control.whenEmpty === null)
			this.tell(`${control.label}: give a number`, true);
		else void this.give(control.command(text === '' ? null : Number(text), site));
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
		const atUs = this.watch.simUs;
		const startUs = Math.round(atUs + number('in') * 60e6);
		void this.give({
			...{ type: 'grid-event', id: `dashboard-${Math.round(startUs / 1e6)}`, site, event: kind },
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

/** Events of the grid, with the unit and the word of what they need to be told. */
const EVENTS: Readonly<Record<string, readonly [unit: string, label: string]>> = {
	'demand-response': ['kW', 'down to'],
	'import-limit': ['kW', 'at most'],
	outage: ['', ''],
	price: ['USD/kWh', 'of'],
};
