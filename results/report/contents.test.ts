import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withContents } from './contents.ts';

const heading = (title: string) => `<div class="panel"><h2>${title}</h2></div>`;
const figure = (title: string) => `<figure><figcaption><h2>${title}</h2></figcaption></figure>`;

test('every heading of second rank has an anchor of its own, which the contents lead to', () => {
	const { body, contents } = withContents(
		`<div id="energy"></div>${figure('Power flow')}${figure('Power flow')}${heading('Energy')}${heading('CO₂ &amp; <span class="unit">g/kWh</span>')}${heading('数')}${heading('Data')}<h3>Not in it</h3>`,
	);
	const ids = [...body.matchAll(/<h2 id="([^"]+)">/g)].map(([, id]) => id);
	assert.equal(ids, ['power-flow', 'power-flow-2', 'energy-2', 'co₂-g-kwh', '数', 'data-2']);
	const links = [...contents.matchAll(/<a href="#([^"]+)">(.*?)<\/a>/g)];
	assert.equal(
		links.map(([, id = '']) => decodeURIComponent(id)),
		ids,
	);
	assert.is(links[3]?.[2], 'CO₂ &amp; g/kWh');
	assert.match(contents, /<ul aria-label="Figures">.*Power flow.*<\/ul><ul aria-label="Tables">/);
	assert.match(body, '<h3>Not in it</h3>');
});

test('a page that is seen at a glance has anchors and no contents', () => {
	const { body, contents } = withContents(heading('Points'));
	assert.is(contents, '');
	assert.match(body, '<h2 id="points">Points</h2>');
});

test.run();
