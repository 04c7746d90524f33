// Runs inside the page and returns visible faults. It uses nothing from other files: its text is sent to the browser.
'use strict';

/* eslint-env browser */
function seen(panels) {
    const BAD = /no search results|no results|no data|cannot access|could not|undefined|\bNaN\b|\[object|waiting for|select a value|failed to|unknown visual|\$[\w.]+(\|s)?\$/i;
    const SLACK = 2;
    const faults = [];
    const all = (root, selector) => [...root.querySelectorAll(selector)];
    const called = (name) => `[data-test="${name}"]`;

    function lines(element) {
        const range = document.createRange();
        range.selectNodeContents(element);
        return new Set([...range.getClientRects()].filter((box) => box.width > 1).map((box) => Math.round(box.top))).size;
    }

    function words(element) {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) {
            found.push(walker.currentNode);
        }
        return found.filter((node) => node.data.trim());
    }

    function ofTable(id, place) {
        const scroll = place.querySelector(called('scroll-container'));
        if (!scroll || !all(place, called('cell')).length) {
            return [`${id} shows no rows`];
        }
        const heads = all(place, called('head-cell')).filter((head) => words(head).some((word) => lines(word) > 1));
        const found = heads.map((head) => `${id}: the heading is broken: ${head.innerText.replace(/\s+/g, '')}`);
        if (scroll.scrollHeight > scroll.clientHeight + SLACK) {
            found.push(`${id}: rows are cut: ${scroll.scrollHeight} of ${scroll.clientHeight} pixels`);
        }
        if (scroll.scrollWidth > scroll.clientWidth + SLACK) {
            found.push(`${id}: columns are cut: ${scroll.scrollWidth} of ${scroll.clientWidth} pixels`);
        }
        return found;
    }

    function ofChart(id, place) {
        const texts = all(place, 'svg text').map((element) => element.textContent);
        const cut = texts.filter((text) => /…|\.\.\./.test(text));
        const drawn = all(place, '.highcharts-series .highcharts-point').filter((point) => {
            const { width, height } = point.getBoundingClientRect();
            return width > 1 && height > 1;
        }).length;
        return [...(drawn ? [] : [`${id} draws nothing`]), ...cut.map((text) => `${id}: a label is cut: ${text}`)];
    }

    function ofMarkdown(id, place) {
        const tight = all(place, '*').filter((element) => element.scrollHeight > element.clientHeight + SLACK
            && element.clientHeight > 40 && getComputedStyle(element).overflowY !== 'visible');
        return tight.slice(0, 1).map((element) => `${id}: text is cut: ${element.scrollHeight} of ${element.clientHeight} pixels`);
    }

    function ofPanel(id, panel) {
        const place = document.getElementById(id);
        if (!place || !place.clientHeight) {
            return [`${id} is not on the page`];
        }
        const title = place.querySelector(called('viz-title'));
        const found = [];
        if (panel.title && (!title || title.textContent !== panel.title)) {
            found.push(`${id}: its title is not shown: ${panel.title}`);
        }
        const bad = BAD.exec(place.innerText);
        if (bad && panel.type !== 'splunk.markdown') {
            found.push(`${id} says ${bad[0]}`);
        }
        const kind = { 'splunk.table': ofTable, 'splunk.markdown': ofMarkdown, 'splunk.singlevalue': () => [] }[panel.type] || ofChart;
        return [...found, ...kind(id, place)];
    }

    for (const [id, panel] of Object.entries(panels)) {
        faults.push(...ofPanel(id, panel));
    }
    for (const element of all(document, '*')) {
        const style = getComputedStyle(element);
        if (style.textOverflow === 'ellipsis' && element.clientWidth && element.scrollWidth > element.clientWidth && element.tagName !== 'INPUT') {
            faults.push(`cut: ${element.innerText.slice(0, 60)}`);
        }
    }
    return faults;
}

module.exports = { seen };
