// Uses reports as a reader would, and compares what they show with the rows of the same scan.
// usage: node test.cjs CHROMIUM FOLDER    FOLDER holds 300.html, 300.jsonl, 50000.html
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { Browser } = require('../browser.cjs');

const [program, folder] = process.argv.slice(2);
const rows = fs.readFileSync(path.join(folder, '300.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'];
const MOST_PAGES = 15;

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Opens a page; returns after how many milliseconds its first rows could be seen. */
async function open(browser, name) {
    const began = Date.now();
    await browser.ask('Page.navigate', { url: `file://${path.join(folder, name)}` });
    for (;;) {
        const isDrawn = `document.readyState === 'complete' && document.querySelectorAll('#findings tr.row').length > 0`;
        if (await browser.evaluate(isDrawn)) {
            return Date.now() - began;
        }
        assert(Date.now() - began < 60000, `${name}: no row is drawn`);
        await wait(20);
    }
}

const KEYS = { Enter: [13, '\r'], Escape: [27, ''], '/': [191, '/'] };

async function press(browser, key) {
    const [code, text] = KEYS[key] || [key.toUpperCase().charCodeAt(0), key];
    const event = { key, text, windowsVirtualKeyCode: code };
    await browser.ask('Input.dispatchKeyEvent', { ...event, type: 'keyDown' });
    await browser.ask('Input.dispatchKeyEvent', { ...event, type: 'keyUp' });
}

const count = (browser) => browser.evaluate(`document.getElementById('count').textContent`);

async function type(browser, text) {
    await press(browser, '/');
    await browser.ask('Input.insertText', { text });
    await wait(300);
    await press(browser, 'Escape');
}

async function clear(browser) {
    await browser.evaluate(`[...document.querySelectorAll('.toolbar button')].find((button) => button.textContent === 'Clear').click()`);
    assert.equal(await count(browser), `${rows.length} of ${rows.length}`);
}

async function filters(browser) {
    assert.equal(await count(browser), `${rows.length} of ${rows.length}`);
    const drawn = await browser.evaluate(`document.querySelectorAll('#findings tr.row').length`);
    assert(drawn < 150, `${drawn} rows are drawn, not only those that are seen`);
    const machine = rows[7].dvm_target[0];
    await type(browser, machine);
    const ofMachine = rows.filter((row) => JSON.stringify(row).includes(machine));
    assert.equal(await count(browser), `${ofMachine.length} of ${rows.length}`);
    const set = `(() => { const choice = document.querySelector('.toolbar select'); choice.value = 'high';
        choice.dispatchEvent(new Event('change')); })()`;
    await browser.evaluate(set);
    const grave = ofMachine.filter((row) => LEVELS.indexOf(row.dvm_severity) >= 3);
    assert.equal(await count(browser), `${grave.length} of ${rows.length}`);
    await clear(browser);
    await type(browser, 'no-such-machine');
    assert.equal(await browser.evaluate(`document.querySelector('#findings .none').textContent`), 'No row fits the filter.');
    await clear(browser);
}

const first = (column) => `document.querySelectorAll('#findings tr.row')[0].cells[${column}].textContent`;

async function sorts(browser) {
    const click = (column) => browser.evaluate(`document.querySelectorAll('#findings thead button')[${column}].click()`);
    await click(1);
    assert.equal(await browser.evaluate(first(1)), 'critical');
    await click(1);
    assert.equal(await browser.evaluate(first(1)), 'low');
    await click(0);
    assert.equal(await browser.evaluate(first(0)), rows[0].time.replace('T', ' ').replace('Z', ''));
}

async function opens(browser) {
    await press(browser, 'j');
    await press(browser, 'j');
    await press(browser, 'Enter');
    const sentence = await browser.evaluate(`document.querySelector('#findings .sentence').textContent`);
    assert.equal(sentence, rows[1].dvm_summary);
    const details = await browser.evaluate(`document.querySelector('#findings .details').textContent`);
    const wanted = [rows[1].dvm_actor, rows[1].dvm_event_id, ...rows[1].dvm_reasons, 'check first', `${rows[1].file}:${rows[1].record}`];
    wanted.flat().forEach((value) => assert(details.includes(value), `${value} is not among the details`));
    assert.equal(await browser.evaluate('location.hash'), '#f2');
    await browser.picture(path.join(folder, 'opened.png'), 1400, 1400);
}

async function copies(browser) {
    await browser.ask('Browser.grantPermissions', { permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'] });
    await press(browser, 'c');
    await wait(200);
    const copied = await browser.evaluate('navigator.clipboard.readText()');
    assert(copied.includes(`dvm_actor: ${rows[1].dvm_actor}\n`), copied);
    assert(copied.includes(`dvm_summary: ${rows[1].dvm_summary}\n`), copied);
    await press(browser, 'Escape');
    // A selected cell gives the whole actor, though only its end is seen.
    const cell = await browser.evaluate(`(() => { const cell = document.querySelectorAll('#findings tr.row')[0].cells[3];
        window.getSelection().selectAllChildren(cell); const text = window.getSelection().toString();
        window.getSelection().removeAllRanges(); return text; })()`);
    assert.equal(cell, rows[0].dvm_actor);
}

async function saves(browser) {
    const file = path.join(folder, 'directvm-findings.csv');
    fs.rmSync(file, { force: true });
    await browser.ask('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
    await type(browser, 'serial');
    await browser.evaluate(`[...document.querySelectorAll('.toolbar button')].find((button) => button.textContent.startsWith('CSV')).click()`);
    for (let tries = 0; !fs.existsSync(file) && tries < 100; tries += 1) {
        await wait(50);
    }
    const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\r\n');
    const wanted = rows.filter((row) => JSON.stringify(row).toLowerCase().includes('serial'));
    assert.equal(lines.length, wanted.length + 1);
    assert(lines[0].startsWith('\ufefftime,file,record,AlertType,dvm_event_id'), lines[0]);
    await clear(browser);
}

async function jumps(browser) {
    await browser.evaluate(`location.hash = '#f250'`);
    await wait(200);
    assert.equal(await browser.evaluate(`document.querySelector('#f250 + tr .sentence').textContent`), rows[249].dvm_summary);
    await press(browser, 'Escape');
}

async function drags(browser) {
    await browser.evaluate('window.scrollTo(0, 0)');
    const at = `[...document.querySelectorAll('#timeline g .part')].map((part) => part.getBoundingClientRect())
        .map(({ x, y, width }) => [x + width / 2, y + 5])`;
    const bars = await browser.evaluate(at);
    const [from, to] = [bars[2], bars[9]];
    const mouse = (type, [x, y]) => browser.ask('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons: 1, clickCount: 1 });
    await mouse('mousePressed', from);
    await mouse('mouseMoved', to);
    await mouse('mouseReleased', to);
    const times = await browser.evaluate(`[...document.querySelectorAll('.toolbar input')].slice(1).map((input) => input.value)`);
    const [begin, end] = times.map((time) => `${time.replace(' ', 'T')}Z`);
    const wanted = rows.filter((row) => row.time >= begin && row.time < end);
    assert(wanted.length > 0 && wanted.length < rows.length);
    assert.equal(await count(browser), `${wanted.length} of ${rows.length}`);
    await clear(browser);
}

async function finds(browser) {
    for (const [table, field, which] of [['machines', 'dvm_target', 0], ['actors', 'dvm_principal', 0], ['actors', 'dvm_principal', 8]]) {
        const cells = await browser.evaluate(`(() => { const row = document.querySelectorAll('#${table} tr.row')[${which}];
            row.click(); return [row.cells[0].textContent, row.cells[1].textContent]; })()`);
        const wanted = rows.filter((row) => [row[field]].flat().includes(cells[0]));
        assert.equal(String(wanted.length), cells[1], `${table}: ${cells[0]}`);
        assert.equal(await count(browser), `${wanted.length} of ${rows.length}`, `${table}: ${cells[0]}`);
        await clear(browser);
    }
    await type(browser, `300.json:${rows[4].record}`);
    assert.equal(await count(browser), `1 of ${rows.length}`);
    await clear(browser);
    await browser.evaluate(`(() => { const input = document.querySelectorAll('.toolbar input')[1]; input.value = '05/01/2026';
        input.dispatchEvent(new Event('input')); })()`);
    await wait(300);
    assert.equal(await count(browser), `${rows.length} of ${rows.length}`);
    assert.equal(await browser.evaluate(`document.querySelectorAll('.toolbar input')[1].getAttribute('aria-invalid')`), 'true');
    await clear(browser);
    await browser.evaluate(`document.querySelector('#cases tr.row').click()`);
    assert(await browser.evaluate(`document.querySelectorAll('#cases .story li').length > 1`));
}

async function prints(browser) {
    const { data } = await browser.ask('Page.printToPDF', { preferCSSPageSize: true });
    fs.writeFileSync(path.join(folder, '300.pdf'), Buffer.from(data, 'base64'));
    const pages = Buffer.from(data, 'base64').toString('latin1').match(/\/Type \/Page\b/g).length;
    assert(pages <= MOST_PAGES, `${pages} pages`);
    assert.equal(await browser.evaluate(`document.querySelectorAll('#printed').length`), 0);
    return pages;
}

async function plain(browser) {
    await browser.ask('Emulation.setScriptExecutionDisabled', { value: true });
    await browser.ask('Page.navigate', { url: `file://${path.join(folder, '300.html')}` });
    await wait(1500);
    const { root } = await browser.ask('DOM.getDocument', { depth: 0 });
    const { nodeIds } = await browser.ask('DOM.querySelectorAll', { nodeId: root.nodeId, selector: '#findings noscript tr' });
    assert.equal(nodeIds.length, rows.length + 1);
    await browser.picture(path.join(folder, 'plain.png'), 1400, 900);
    await browser.ask('Emulation.setScriptExecutionDisabled', { value: false });
}

async function main() {
    const browser = new Browser(program);
    try {
        await browser.open(1400, 900);
        const opened = await open(browser, '300.html');
        for (const step of [filters, sorts, opens, copies, saves, jumps, drags, finds]) {
            await step(browser);
        }
        const pages = await prints(browser);
        await plain(browser);
        await browser.ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: 'dark' }] });
        const many = await open(browser, '50000.html');
        assert.equal(await count(browser), '50000 of 50000');
        await browser.picture(path.join(folder, 'dark.png'), 1400, 900);
        assert.deepEqual(browser.errors, []);
        console.log(`report: 300 findings opened in ${opened} ms, ${pages} pages on paper; 50,000 opened in ${many} ms`);
    } finally {
        await browser.close();
    }
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
