// Reads a Dashboard Studio view: the JSON in its CDATA, and the SPL and tokens in that.
'use strict';
const fs = require('fs');
const path = require('path');

const DEFINITION = /^<dashboard version="2">\s*<label>([^<]+)<\/label>\s*<description>([^<]+)<\/description>\s*<definition><!\[CDATA\[([\s\S]*)\]\]><\/definition>\s*<\/dashboard>\s*$/;
const TOKEN = /\$((?:row|click|env)\.[^$|]+|[A-Za-z_][\w.]*)(\|[a-z])?\$/g;

function readView(file) {
    const found = DEFINITION.exec(fs.readFileSync(file, 'utf8'));
    if (!found) {
        throw new Error('is not <dashboard version="2"> with label, description and definition, and no theme');
    }
    return { name: path.basename(file, '.xml'), label: found[1], definition: JSON.parse(found[3]) };
}

function readViews(folder) {
    return fs.readdirSync(folder).filter((name) => name.endsWith('.xml')).sort()
        .map((name) => path.join(folder, name));
}

/** Yields every string in the value with its path. */
function* texts(value, at = '') {
    if (typeof value === 'string') {
        yield [at, value];
    } else if (value && typeof value === 'object') {
        for (const key of Object.keys(value)) {
            yield* texts(value[key], at ? `${at}.${key}` : key);
        }
    }
}

/** {name, filter} of each `$token$` in the text. */
function tokensIn(text) {
    return [...text.matchAll(TOKEN)].map((found) => ({ name: found[1], filter: found[2] || '' }));
}

/** Names of the macros that the SPL calls, as `name` or `name(n)`. */
function macrosIn(spl) {
    const calls = [...spl.matchAll(/`([^`]+)`/g)].map((found) => /^([\w]+)(?:\((.*)\))?$/s.exec(found[1].trim()));
    return calls.map((call) => (call ? call[1] + (call[2] ? `(${call[2].split(',').length})` : '') : '?'));
}

/** Names of the stanzas in a conf file. */
function stanzas(file) {
    return new Set([...fs.readFileSync(file, 'utf8').matchAll(/^\[([^\]]+)\]\s*$/gm)].map((found) => found[1]));
}

module.exports = { readView, readViews, texts, tokensIn, macrosIn, stanzas };
