// Stands before page.js: figures over time show the same span, however one of them comes to show it.
{
	const LEAST_POINTS = 4;

	globalThis.timeZoom = () => {
		let plots = [];
		let others = [];
		let isFollowing = false;
		const panel = document.getElementById('zoom');
		const extent = () => {
			const starts = plots.map(({ data }) => data[0][0]);
			const ends = plots.map(({ data }) => data[0].at(-1));
			return [Math.min(...starts), Math.max(...ends)];
		};
		const shown = () => [plots[0].scales.x.min, plots[0].scales.x.max];
		const isWhole = () => {
			const [low, high] = extent();
			const [from, until] = shown();
			return from <= low && until >= high;
		};
		const showAll = (min, max) => {
			isFollowing = true;
			for (const plot of plots)
				if (plot.scales.x.min !== min || plot.scales.x.max !== max)
					plot.setScale('x', { min, max });
			// uPlot sets scales a microtask later.
			queueMicrotask(() => {
				isFollowing = false;
				update();
			});
		};
		const update = () => {
			// Legends at rest say the span.
			for (const plot of plots) plot.setLegend({ idx: plot.cursor.idx ?? null });
			if (panel === null || plots.length === 0) return;
			const whole = isWhole();
			for (const button of panel.querySelectorAll('button'))
				button.setAttribute('aria-disabled', String(whole && button.dataset.zoom !== 'in'));
		};
		const moved = {
			in: ([from, until]) => [from + (until - from) / 4, until - (until - from) / 4],
			out: ([from, until]) => [from - (until - from) / 2, until + (until - from) / 2],
			earlier: ([from, until]) => [from - (until - from) / 2, until - (until - from) / 2],
			later: ([from, until]) => [from + (until - from) / 2, until + (until - from) / 2],
			reset: () => extent(),
		};
		const press = (how) => {
			if (plots.length === 0) return;
			const [low, high] = extent();
			const [from, until] = moved[how](shown());
			const least = (LEAST_POINTS * (high - low)) / plots[0].data[0].length;
			const span = Math.min(Math.max(until - from, least), high - low);
			const start = Math.min(Math.max(from, low), high - span);
			showAll(start, start + span);
			if (how !== 'reset') return;
			for (const plot of others) plot.setData(plot.data, true);
		};
		panel?.addEventListener('click', (event) => {
			const how = event.target.closest('button')?.dataset.zoom;
			if (how !== undefined) press(how);
		});
		return {
			start: () => {
				plots = [];
				others = [];
			},
			add: (plot, isTime) => {
				(isTime ? plots : others).push(plot);
				update();
			},
			// A hook of uPlot.
			follow: (plot, key) => {
				if (key !== 'x' || isFollowing || !plots.includes(plot)) return;
				const { min, max } = plot.scales.x;
				showAll(min, max);
			},
		};
	};
}
