import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { RunListing } from './api-types.ts';
import { hashOf } from './routes.ts';
import { type Json, type Leaf, leafOf, leavesOf, withLeaf } from './scenario-keys.ts';
import type { Surroundings, View } from './view.ts';

/** Keys that one changes most, first. */
const USUAL =
	/^(until|seed|requests\.qps|serving\.(replicas|device|model)|solar\.\d+\.peakPowerW|batteries\.\d+\.(capacityWh|minSoc|initialSoc)|cap\.\d+\.(above|capWPerGpu)|location|wind\.\d+\.ratedPowerW)$/;

/** A new run: of a scenario as text, or of that of another run with a value changed. */
export class NewRunView implements View {
	readonly title: string;
	private readonly around: Surroundings;
	private readonly from: string | null;
	private scenario: Json = null;
	private readonly changes = new Map<string, Leaf>();
	private filter = '';
	private problem = '';
	private isStarting = false;

	constructor(from: string | null, around: Surroundings) {
		this.around = around;
		this.from = from;
		this.title = from === null ? 'New run' : 'What if';
		if (from !== null) void this.load(from);
	}

	template(): TemplateResult {
		const { from, problem } = this;
		return html`<h1>${from === null ? 'New run' : 'What if …'}</h1>
			${from === null ? nothing : html`<p class="soft">A copy of <a href=${hashOf({ view: 'run', id: from })}>${from}</a>: change what you like, start it, and see both beside each other.</p>`}
			<form class="new-run" @submit=${(event: SubmitEvent) => this.start(event)}>
				${from === null ? textField() : this.keys()}
				<div class="panel start">
					<label>Speed <select name="speed">
						<option value="full">as fast as it can</option>
						${[1, 10, 60, 600, 3600].map((factor) => html`<option value=${factor} ?selected=${factor === 600}>${factor} × real time</option>`)}
					</select></label>
					<label>Name of the run <input name="id" pattern="\\w[\\w.\\-]*" placeholder="by its time" /></label>
					<button type="submit" class="main" ?disabled=${this.isStarting || (from !== null && this.scenario === null)}>${this.isStarting ? 'Starting …' : 'Start'}</button>
					${this.changes.size === 0 ? nothing : html`<p class="soft">${this.changes.size === 1 ? '1 value is' : `${this.changes.size} values are`} changed.</p>`}
				</div>
				${problem === '' ? nothing : html`<p class="banner" role="alert">${problem}</p>`}
			</form>`;
	}

	private keys(): TemplateResult {
		if (this.scenario === null)
			return html`<p class="empty">${this.problem === '' ? 'Reading the scenario …' : ''}</p>`;
		const words = this.filter
			.toLowerCase()
			.split(/\s+/)
			.filter((word) => word !== '');
		const found = leavesOf(this.scenario).filter(([path]) =>
			words.length === 0
				? USUAL.test(path) || this.changes.has(path)
				: words.every((word) => path.toLowerCase().includes(word)),
		);
		return html`<div class="panel">
			<label class="field" for="key-filter">Find a key <input type="search" id="key-filter" placeholder="all keys, such as batteries or policy" .value=${this.filter}
				@input=${(event: Event) => {
					this.filter = (event.target as HTMLInputElement).value;
					this.around.redraw();
				}} /></label>
			<div class="keys">${repeat(
				found.slice(0, 80),
				([path]) => path,
				([path, value]) => this.valueField(path, value),
			)}</div>
			${found.length === 0 ? html`<p class="empty">No key has these words.</p>` : nothing}
			${found.length > 80 ? html`<p class="note">${found.length - 80} more keys.</p>` : nothing}
		</div>`;
	}

	private valueField(path: string, value: Leaf): TemplateResult {
		const changed = this.changes.get(path);
		const isChanged = this.changes.has(path);
		const change = (event: Event) => {
			const typed = leafOf((event.target as HTMLInputElement).value, value);
			if (typed === value) this.changes.delete(path);
			else this.changes.set(path, typed);
			this.around.redraw();
		};
		const shown = String((isChanged ? changed : value) ?? '');
		return html`<div class="key ${isChanged ? 'changed' : ''}">
			<label for="key-${path}">${path}</label>
			<input id="key-${path}" .value=${shown} placeholder=${value === null ? 'none' : ''} @change=${change} />
			<small>${isChanged ? `was ${value ?? 'none'}` : ''}</small>
		</div>`;
	}

	private async load(from: string): Promise<void> {
		try {
			this.scenario = await this.around.api.get<Json>(
				`api/runs/${encodeURIComponent(from)}/scenario`,
			);
			if (this.scenario === null) this.problem = `The run "${from}" does not say its scenario.`;
		} catch (error) {
			this.problem = this.around.explain(error);
		}
		this.around.redraw();
	}

	private async start(event: SubmitEvent): Promise<void> {
		event.preventDefault();
		const form = new FormData(event.target as HTMLFormElement);
		const [speed, id] = [String(form.get('speed')), String(form.get('id') ?? '').trim()];
		let scenario: unknown = form.get('scenario');
		if (this.from !== null) {
			let copy = this.scenario;
			for (const [path, value] of this.changes) copy = withLeaf(copy, path.split('.'), value);
			scenario = copy;
		}
		this.isStarting = true;
		this.problem = '';
		this.around.redraw();
		try {
			const options = {
				speed: speed === 'full' ? null : Number(speed),
				...(id === '' ? {} : { id }),
			};
			const run = await this.around.api.send<RunListing>('POST', 'api/runs', { scenario, options });
			if (this.from === null) this.around.go({ view: 'run', id: run.id });
			else this.around.go({ view: 'compare', ids: [this.from, run.id] });
		} catch (error) {
			this.problem = this.around.explain(error);
		}
		this.isStarting = false;
		this.around.redraw();
	}
}

function textField(): TemplateResult {
	return html`<div class="panel">
		<label class="field" for="scenario">Scenario (YAML, docs/scenario.md); what is left out takes its default</label>
		<textarea id="scenario" name="scenario" rows="16" spellcheck="false" required .value=${'until: 24h\nlocation: San Francisco\nserving:\n  replicas: 2\n'}></textarea>
	</div>`;
}
