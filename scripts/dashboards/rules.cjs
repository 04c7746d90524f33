// Checks that Splunk's schema does not make.
'use strict';
const { texts, tokensIn, macrosIn } = require('./view.cjs');

const GIVEN = /^(row|click|env)\./;
const CLICKED = new Set(['value', 'name', 'label', 'legend', '_time']);
const LINKS = ['drilldown.linkToDashboard', 'drilldown.linkToSearch', 'drilldown.setToken', 'drilldown.customUrl'];

function inputTokens(inputs) {
    const names = new Set();
    for (const input of Object.values(inputs || {})) {
        const token = input.options && input.options.token;
        names.add(token);
        if (input.type === 'input.timerange') {
            names.add(`${token}.earliest`).add(`${token}.latest`);
        }
    }
    return names;
}

function sourceFaults({ dataSources, visualizations, inputs }) {
    const faults = [];
    const used = new Set();
    for (const [id, part] of [...Object.entries(visualizations), ...Object.entries(inputs || {})]) {
        for (const source of Object.values(part.dataSources || {})) {
            used.add(source);
            if (!dataSources[source]) {
                faults.push(`${id} reads ${source}, which is not a data source`);
            }
        }
    }
    for (const [id, source] of Object.entries(dataSources)) {
        const above = source.options.extend;
        used.add(above);
        if (source.type === 'ds.chain' && !dataSources[above]) {
            faults.push(`${id} extends ${above}, which is not a data source`);
        }
        if (source.type === 'ds.chain' && !source.options.query.startsWith('|')) {
            faults.push(`${id} extends a search, so its query begins with |`);
        }
    }
    const idle = Object.keys(dataSources).filter((id) => !used.has(id));
    return [...faults, ...idle.map((id) => `${id} is used by nothing`)];
}

function isSpl(at) {
    return /^dataSources\..*\.options\.query$|^visualizations\..*eventHandlers\.\d+\.options\.query$/.test(at);
}

function tokenFaults(definition) {
    const defined = inputTokens(definition.inputs);
    const faults = [];
    for (const [at, text] of texts(definition)) {
        for (const { name, filter } of tokensIn(text)) {
            if (!GIVEN.test(name) && !defined.has(name)) {
                faults.push(`${at}: no input sets the token $${name}$`);
            }
            if (isSpl(at) && filter !== '|s') {
                faults.push(`${at}: $${name}$ in SPL is not quoted with |s`);
            }
        }
        if (isSpl(at) && text.replace(/\$[\w.]+(?: [\w.]+)*\|s\$/g, '').includes('$')) {
            faults.push(`${at}: a $ that is not part of a token`);
        }
    }
    const read = new Set([...texts(definition)].flatMap(([, text]) => tokensIn(text).map((token) => token.name)));
    for (const name of defined) {
        const parts = [`${name}.earliest`, name];
        if (!name.includes('.') && !parts.some((part) => read.has(part))) {
            faults.push(`the token ${name} is read by nothing`);
        }
    }
    return faults;
}

/** The columns that a table shows: those of the last `table` in its query. */
function columnsOf(definition, panel) {
    const source = definition.dataSources[(panel.dataSources || {}).primary];
    const last = source && source.options.query.split('|').pop().trim();
    if (!last || !last.startsWith('table ')) {
        return null;
    }
    return new Set([...last.slice(6).matchAll(/"([^"]+)"|(\S+)/g)].map((found) => found[1] || found[2]));
}

function rowFaults(definition) {
    const faults = [];
    for (const [id, panel] of Object.entries(definition.visualizations)) {
        const columns = panel.type === 'splunk.table' ? columnsOf(definition, panel) : null;
        if (!columns) {
            continue;
        }
        for (const [, text] of texts(panel.eventHandlers)) {
            const used = [...text.matchAll(/\brow\.([^$|]+?)\.value/g)].map((found) => found[1]);
            faults.push(...used.filter((name) => !columns.has(name)).map((name) => `${id}: a click reads the column ${name}, which is not in the table`));
        }
        for (const name of Object.keys(panel.options.columnFormat || {})) {
            if (!columns.has(name)) {
                faults.push(`${id}: columnFormat names the column ${name}, which is not in the table`);
            }
        }
    }
    return faults;
}

function linkFaults(id, handler, definition, known) {
    const { type, options } = handler;
    if (!LINKS.includes(type)) {
        return [`${id}: ${type} is not a drilldown`];
    }
    if (type !== 'drilldown.linkToDashboard') {
        return [];
    }
    const inputs = known.inputs[options.dashboard];
    if (options.app !== 'directvm' || !inputs) {
        return [`${id}: links to ${options.app}/${options.dashboard}, which is not a view of this app`];
    }
    const there = inputTokens(inputs);
    const here = inputTokens(definition.inputs);
    const faults = options.tokens.filter(({ token }) => !there.has(token))
        .map(({ token }) => `${id}: ${options.dashboard} has no token ${token}`);
    const unknown = options.tokens.filter(({ value }) => !/^(row|click)\./.test(value) && !here.has(value) && !CLICKED.has(value));
    return [...faults, ...unknown.map(({ value }) => `${id}: passes on ${value}, which is not a token of this view`)];
}

function drilldownFaults(definition, known) {
    const faults = [];
    for (const [id, panel] of Object.entries(definition.visualizations)) {
        const handlers = panel.eventHandlers || [];
        if (panel.type !== 'splunk.markdown' && !handlers.length) {
            faults.push(`${id} has no drilldown`);
        }
        if (panel.type !== 'splunk.markdown' && !panel.title) {
            faults.push(`${id} has no title`);
        }
        faults.push(...handlers.flatMap((handler) => linkFaults(id, handler, definition, known)));
    }
    return faults;
}

function optionFaults(definition, known) {
    const names = Object.keys(known.kinds);
    return Object.entries(definition.visualizations).flatMap(([id, panel]) => {
        const kind = names.find((name) => `splunk.${name.replace('OptionsSchema', '').toLowerCase()}` === panel.type);
        const options = kind ? known.kinds[kind] : {};
        return Object.keys(panel.options).filter((name) => !options[name])
            .map((name) => `${id}: ${panel.type} has no option ${name}`);
    });
}

function splFaults(definition, known) {
    const faults = [];
    for (const [at, text] of texts(definition)) {
        if (!isSpl(at)) {
            continue;
        }
        faults.push(...macrosIn(text).filter((name) => !known.macros.has(name)).map((name) => `${at}: no macro ${name}`));
        const files = [...text.matchAll(/\|\s*(?:inputlookup|lookup)\s+([\w.]+)/g)].map((found) => found[1]);
        faults.push(...files.filter((name) => !known.lookups.has(name)).map((name) => `${at}: no lookup ${name}`));
        if ((text.match(/"/g) || []).length % 2) {
            faults.push(`${at}: a quote is not closed`);
        }
    }
    return faults;
}

/** Panels lie inside the width, and do not overlap. */
function layoutFaults({ layout }) {
    if (layout.type !== 'grid' || layout.tabs || layout.layoutDefinitions) {
        return ['the layout is not the single grid that every version of Dashboard Studio reads'];
    }
    const faults = [];
    layout.structure.forEach(({ item, position: one }, index) => {
        if (one.x < 0 || one.x + one.w > layout.options.width) {
            faults.push(`${item} lies outside the width`);
        }
        for (const { item: other, position: two } of layout.structure.slice(index + 1)) {
            const apart = one.x + one.w <= two.x || two.x + two.w <= one.x || one.y + one.h <= two.y || two.y + two.h <= one.y;
            if (!apart) {
                faults.push(`${item} and ${other} overlap`);
            }
        }
    });
    return faults;
}

function ownFaults({ definition }, known) {
    return [
        ...sourceFaults(definition),
        ...tokenFaults(definition),
        ...rowFaults(definition),
        ...drilldownFaults(definition, known),
        ...optionFaults(definition, known),
        ...splFaults(definition, known),
        ...layoutFaults(definition),
    ];
}

module.exports = { ownFaults };
