// Renders every view in a headless Chromium, light and dark; checks what is visible, and takes a screenshot.
// usage: render.cjs CHROMIUM PAGE-FOLDER PICTURE-FOLDER
'use strict';
const fs = require('fs');
const path = require('path');
const { Browser } = require('../browser.cjs');
const { seen } = require('./seen.cjs');

const WIDTH = 1440;
const PATIENCE = 40;

function views(folder) {
    const text = fs.readFileSync(path.join(folder, 'views.js'), 'utf8');
    return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf(';')));
}

/** Long enough for every row of the layout. */
function heightOf({ layout }) {
    const bottom = Math.max(...layout.structure.map(({ position }) => position.y + position.h));
    return bottom + 240;
}

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

async function ready(browser) {
    for (let turn = 0; turn < PATIENCE; turn += 1) {
        if (await browser.evaluate('typeof window.show === "function"')) {
            return;
        }
        await pause(250);
    }
    throw new Error('the page does not load');
}

/** Waits until the page does not change any more. */
async function settle(browser) {
    let before = '';
    for (let turn = 0; turn < PATIENCE; turn += 1) {
        await pause(250);
        const now = await browser.evaluate('document.querySelectorAll("*").length + ":" + document.body.innerText.length');
        if (now === before && Number(now.split(':')[0]) > 200) {
            return;
        }
        before = now;
    }
    throw new Error('the page never comes to rest');
}

async function show(browser, name, theme, definition, pictures) {
    await browser.resize(WIDTH, heightOf(definition));
    browser.errors.length = 0;
    await browser.evaluate(`window.show(${JSON.stringify(name)}, ${JSON.stringify(theme)})`);
    await settle(browser);
    const bottom = await browser.evaluate('document.querySelector("[data-test=grid-layout-canvas]").getBoundingClientRect().bottom');
    await browser.picture(path.join(pictures, `${name}-${theme}.png`), WIDTH, Math.ceil(bottom) + 12);
    const faults = await browser.evaluate(`(${seen})(${JSON.stringify(definition.visualizations)})`);
    return [...faults, ...browser.errors.map((error) => `script error: ${error.split('\n')[0]}`)];
}

async function main(program, folder, pictures) {
    const all = views(folder);
    fs.mkdirSync(pictures, { recursive: true });
    const browser = new Browser(program);
    let faults = 0;
    try {
        await browser.open(WIDTH, 1000);
        await browser.ask('Page.navigate', { url: `file://${folder}/page.html` });
        await ready(browser);
        for (const [name, { definition }] of Object.entries(all)) {
            for (const theme of ['light', 'dark']) {
                for (const fault of await show(browser, name, theme, definition, pictures)) {
                    faults += 1;
                    console.error(`${name} (${theme}): ${fault}`);
                }
            }
        }
    } finally {
        await browser.close();
    }
    console.log(`${Object.keys(all).length} views rendered, light and dark: ${faults} faults`);
    process.exit(faults ? 1 : 0);
}

main(process.argv[2], path.resolve(process.argv[3]), path.resolve(process.argv[4])).catch((error) => {
    console.error(error.message);
    process.exit(1);
});
