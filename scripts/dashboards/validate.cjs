// Checks the app's Dashboard Studio views: by Splunk's schema, then by the rules of rules.cjs.
// usage: NODE_PATH=<node_modules> node validate.cjs <app folder>
'use strict';
const fs = require('fs');
const path = require('path');
const schemas = require('@splunk/visualization-schemas');
const { DashboardValidator } = require('@splunk/dashboard-validation');
const { createSchemaBasedOnPresets } = require('@splunk/dashboard-definition');
const { readView, readViews, stanzas } = require('./view.cjs');
const { ownFaults } = require('./rules.cjs');

const searchOptions = require('@splunk/datasources/SplunkSearchOptionsSchema.js');
const KINDS = ['table', 'singleValue', 'line', 'area', 'column', 'bar', 'pie', 'timeline', 'markdown', 'sankey'];
const TEXT = { type: 'string' };
const CHOICE = { token: TEXT, defaultValue: { type: ['string', 'array'] }, items: { type: ['string', 'array'] } };
const INPUTS = {
    'input.timerange': { token: TEXT, defaultValue: TEXT },
    'input.dropdown': CHOICE,
    'input.multiselect': CHOICE,
    'input.text': { token: TEXT, defaultValue: TEXT },
};
// rules.cjs checks what a chain extends: in this schema, the property `extend` means something else.
const SOURCES = { 'ds.search': searchOptions.default || searchOptions, 'ds.chain': { query: TEXT } };

function preset(optionsByType) {
    return Object.fromEntries(Object.entries(optionsByType).map(([type, optionsSchema]) => [type, { config: { optionsSchema } }]));
}

function schema() {
    const kinds = Object.fromEntries(KINDS.map((kind) => [`splunk.${kind.toLowerCase()}`, schemas[`${kind}OptionsSchema`]]));
    return createSchemaBasedOnPresets(
        { layouts: {}, inputs: preset(INPUTS), dataSources: preset(SOURCES), visualizations: preset(kinds) }, {});
}

/** Converts the single-layout form, which every version reads, to the form with tabs, which this schema requires. */
function withTabs(definition) {
    const { type, options, structure, globalInputs } = definition.layout;
    return {
        ...definition,
        layout: {
            globalInputs,
            layoutDefinitions: { layout_1: { type, options, structure } },
            tabs: { items: [{ layoutId: 'layout_1', label: 'one' }] },
        },
    };
}

function schemaFaults(validator, definition) {
    try {
        const verdict = validator.validate(withTabs(definition));
        const errors = (verdict && (verdict.errors || verdict.error)) || (Array.isArray(verdict) ? verdict : []);
        return [].concat(errors).map((error) => `schema: ${error.instancePath || ''} ${error.message || error}`);
    } catch (error) {
        return [`schema: ${error.message}`];
    }
}

function check(file, validator, known) {
    try {
        const view = readView(file);
        return [...schemaFaults(validator, view.definition), ...ownFaults(view, known)];
    } catch (error) {
        return [error.message];
    }
}

function inputsOf(file) {
    try {
        return readView(file).definition.inputs;
    } catch {
        return {};
    }
}

/** [view, fault] of every fault in the app's views. */
function faultsOf(app) {
    const validator = new DashboardValidator();
    validator.setSchema(schema());
    const files = readViews(path.join(app, 'default/data/ui/views'));
    const known = {
        macros: stanzas(path.join(app, 'default/macros.conf')),
        lookups: new Set([...fs.readdirSync(path.join(app, 'lookups')), ...stanzas(path.join(app, 'default/transforms.conf'))]),
        kinds: schemas,
        inputs: Object.fromEntries(files.map((file) => [path.basename(file, '.xml'), inputsOf(file)])),
    };
    const faults = files.flatMap((file) => check(file, validator, known).map((fault) => [path.relative(app, file), fault]));
    return files.length ? faults : [['default/data/ui/views', 'holds no view']];
}

function main(app) {
    const faults = faultsOf(app);
    faults.forEach(([file, fault]) => console.error(`${file}: ${fault}`));
    if (faults.length) {
        process.exit(1);
    }
    console.log('views: schema, data sources, tokens, columns, macros, lookups, links and layout hold');
}

if (require.main === module) {
    main(process.argv[2]);
}

module.exports = { faultsOf };
