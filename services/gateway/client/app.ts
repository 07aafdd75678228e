import { html, nothing, render, type TemplateResult } from 'lit-html';
import { Api, ApiError } from './api.ts';
import type { RunListing } from './api-types.ts';
import { CompareView } from './compare-view.ts';
import { NewRunView } from './new-run-view.ts';
import { hashOf, type Route, routeOf } from './routes.ts';
import { RunView } from './run-view.ts';
import { RunsView } from './runs-view.ts';
import { type Theme, ThemeChoice } from './theme.ts';
import type { Surroundings, View } from './view.ts';

const SAID_MS = 6_000;

const KEYS: readonly (readonly [key: string, meaning: string])[] = [
	['Space', 'pause and resume a run; play a run that has ended'],
	['.', 'simulate one step'],
	['r', 'list of runs'],
	['n', 'new run'],
	['/', 'filter'],
	['?', 'this list'],
];

/** The dashboard: a view at a time, drawn again when something is new, once a frame at most. */
export class App {
	private readonly root: HTMLElement;
	private readonly theme = new ThemeChoice();
	private readonly around: Surroundings;
	private view: View;
	private isDue = false;
	private said = '';
	private sayingUntil = 0;
	private showsKeys = false;

	constructor(root: HTMLElement) {
		this.root = root;
		this.around = {
			...{ api: new Api(), redraw: () => this.redraw(), say: (text: string) => this.say(text) },
			go: (route: Route) => {
				location.hash = hashOf(route);
			},
			explain,
		};
		this.view = this.viewOf(routeOf(location.hash));
	}

	start(): void {
		addEventListener('hashchange', () => this.enter());
		addEventListener('resize', () => this.redraw());
		addEventListener('keydown', (event) => this.pressed(event));
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.restyle());
		this.redraw();
		if (location.hash === '') void this.openWhatGoesOn();
	}

	/** Whoever asks for no place sees the run that goes on, if it is the only one that does. */
	private async openWhatGoesOn(): Promise<void> {
		try {
			const runs = await this.around.api.get<RunListing[]>('api/runs');
			const [run, another] = runs.filter(({ isLive }) => isLive);
			if (run === undefined || another !== undefined || location.hash !== '') return;
			location.replace(hashOf({ view: 'run', id: run.id }));
		} catch {
			// The list of runs, which stands there, says why.
		}
	}

	private enter(): void {
		this.view.close?.();
		this.view = this.viewOf(routeOf(location.hash));
		scrollTo(0, 0);
		this.redraw();
	}

	private viewOf(route: Route): View {
		if (route.view === 'run') return new RunView(route.id, this.around);
		if (route.view === 'compare') return new CompareView(route.ids, this.around);
		if (route.view === 'new') return new NewRunView(route.from, this.around);
		return new RunsView(this.around);
	}

	private redraw(): void {
		if (this.isDue) return;
		this.isDue = true;
		requestAnimationFrame(() => {
			this.isDue = false;
			render(this.template(), this.root);
			this.view.drawn?.();
			document.title = `${this.view.title} · Gridbeat`;
			document.documentElement.dataset['drawn'] = this.view.constructor.name;
		});
	}

	private restyle(): void {
		this.view.restyled?.();
		this.redraw();
	}

	private template(): TemplateResult {
		return html`<a class="skip" href="#main" @click=${(event: Event) => {
			event.preventDefault();
			document.getElementById('main')?.focus();
		}}>To the contents</a>
		<nav class="top" aria-label="Dashboard">
			<a class="brand" href=${hashOf({ view: 'runs' })}>Gridbeat</a>
			<a href=${hashOf({ view: 'runs' })}>Runs</a>
			<a href=${hashOf({ view: 'new', from: null })}>New run</a>
			<span class="fill"></span>
			<button type="button" class="plain" aria-expanded=${this.showsKeys} @click=${() => this.toggleKeys()}>Keys</button>
			<label class="theme"><span class="hidden">Colours</span><select @change=${(event: Event) => {
				this.theme.choose((event.target as HTMLSelectElement).value as Theme);
				this.restyle();
			}}>${this.theme.all.map((one) => html`<option ?selected=${one === this.theme.chosen}>${one}</option>`)}</select></label>
		</nav>
		${this.showsKeys ? this.keys() : nothing}
		<main id="main" tabindex="-1">${this.view.template()}</main>
		<p class="toast ${this.said === '' ? 'none' : ''}" role="status">${this.said}</p>`;
	}

	private keys(): TemplateResult {
		return html`<section class="panel keys-help" aria-label="Keys"><dl>${KEYS.map(
			([key, meaning]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${meaning}</dd></div>`,
		)}</dl></section>`;
	}

	private toggleKeys(): void {
		this.showsKeys = !this.showsKeys;
		this.redraw();
	}

	private say(text: string): void {
		this.said = text;
		this.sayingUntil = performance.now() + SAID_MS;
		setTimeout(() => {
			if (performance.now() < this.sayingUntil - 1) return;
			this.said = '';
			this.redraw();
		}, SAID_MS);
		this.redraw();
	}

	private pressed(event: KeyboardEvent): void {
		if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
		const { key } = event;
		const isKnown = this.general(key) || (this.view.key?.(key) ?? false);
		if (isKnown) event.preventDefault();
	}

	private general(key: string): boolean {
		if (key === '?') this.toggleKeys();
		else if (key === 'r') this.around.go({ view: 'runs' });
		else if (key === 'n') this.around.go({ view: 'new', from: null });
		else if (key === '/') document.querySelector<HTMLElement>('input[type=search]')?.focus();
		else return false;
		return true;
	}
}

/** Keys that mean something where the pointer of the keyboard is are not the dashboard’s. */
function isTyping({ target, key }: KeyboardEvent): boolean {
	if (!(target instanceof Element)) return false;
	if (target.matches('input:not([type=checkbox]), select, textarea')) return true;
	return key === ' ' && target.matches('button, a, [role=button], input, summary');
}

/** A refusal in words. */
function explain(error: unknown): string {
	if (error instanceof ApiError && error.status === 401)
		return 'This server wants a token: open the address that it printed when it started.';
	if (error instanceof ApiError) return error.message;
	return 'The server does not answer.';
}
