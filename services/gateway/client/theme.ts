/** Colours that the reader wants; `auto`: those of the system. */
export type Theme = 'auto' | 'light' | 'dark';

const KEPT = 'gridbeat-colours';

/** Keeps the choice of colours in the browser. */
export class ThemeChoice {
	readonly all: readonly Theme[] = ['auto', 'light', 'dark'];

	constructor() {
		this.apply();
	}

	get chosen(): Theme {
		const kept = localStorage.getItem(KEPT);
		return this.all.find((theme) => theme === kept) ?? 'auto';
	}

	choose(theme: Theme): void {
		localStorage.setItem(KEPT, theme);
		this.apply();
	}

	private apply(): void {
		const { chosen } = this;
		document.documentElement.style.colorScheme = chosen === 'auto' ? 'light dark' : chosen;
	}
}
