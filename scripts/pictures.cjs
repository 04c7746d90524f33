// Takes the two pictures of the README: the top of a dashboard's screenshot, and of a report.
// usage: node pictures.cjs CHROMIUM DASHBOARD.png REPORT.html FOLDER
'use strict';
const path = require('path');
const { Browser } = require('./browser.cjs');

const [program, dashboard, report, folder] = process.argv.slice(2);
const WIDTH = 1000;
// Pixels of each picture from the top.
const HEIGHTS = { dashboard: 500, report: 780 };

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

async function load(browser, file, isDrawn) {
    await browser.ask('Page.navigate', { url: `file://${path.resolve(file)}` });
    for (let turn = 0; turn < 100; turn += 1) {
        await pause(100);
        if (await browser.evaluate(`document.readyState === 'complete' && (${isDrawn})`)) {
            return;
        }
    }
    throw new Error(`${file} is not drawn`);
}

async function main() {
    const browser = new Browser(program);
    try {
        await browser.open(WIDTH, HEIGHTS.dashboard);
        await load(browser, dashboard, 'document.images[0].naturalWidth > 0');
        await browser.evaluate(`Object.assign(document.images[0].style, { position: 'absolute', top: 0, left: 0, margin: 0, width: '${WIDTH}px', height: 'auto', cursor: 'auto' })`);
        await browser.picture(path.join(folder, 'dashboard.png'), WIDTH, HEIGHTS.dashboard);
        await browser.resize(WIDTH + 160, HEIGHTS.report);
        await load(browser, report, `document.querySelectorAll('#findings tr.row').length > 0`);
        await browser.evaluate(`document.querySelector('#findings tr.row').click()`);
        await pause(300);
        await browser.picture(path.join(folder, 'report.png'), WIDTH + 160, HEIGHTS.report);
    } finally {
        await browser.close();
    }
}

main().catch((error) => {
    console.error(`pictures: ${error.message}`);
    process.exit(1);
});
