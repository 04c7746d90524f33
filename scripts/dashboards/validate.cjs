// Judges the app's Dashboard Studio views: Splunk's own schema, then what the schema lets pass.
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
// What a chain extends is checked by rules.cjs: this schema takes a property `extend` for something else.
const SOURCES = { 'ds.search': searchOptions.default || searchOptions, 'ds.chain': { query: TEXT } };

function preset(optionsByType) {
    return Object.fromEntries(Object.entries(optionsByType).map(([type, optionsSchema]) => [type, { config: { optionsSchema } }]));
}

function schema() {
    const kinds = Object.fromEntries(KINDS.map((kind) => [`splunk.${kind.toLowerCase()}`, schemas[`${kind}OptionsSchema`]]));
    return createSchemaBasedOnPresets(
        { layouts: {}, inputs: preset(INPUTS), dataSources: preset(SOURCES), visualizations: preset(kinds) }, {});
}

/** The one-layout form that every version reads, as the tabs form that this version of the schema knows. */
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

function judge(file, validator, known) {
    try {
        const view = readView(file);
        return [...schemaFaults(validator, view.definition), ...ownFaults(view, known)];
    } catch (error) {
        return [error.message];
    }
}

function main(app) {
    const views = path.join(app, 'default/data/ui/views');
    const validator = new DashboardValidator();
    validator.setSchema(schema());
    const files = readViews(views);
    const known = {
        macros: stanzas(path.join(app, 'default/macros.conf')),
        lookups: new Set([...fs.readdirSync(path.join(app, 'lookups')), ...stanzas(path.join(app, 'default/transforms.conf'))]),
        kinds: schemas,
        inputs: Object.fromEntries(files.map((file) => {
            try {
                return [path.basename(file, '.xml'), readView(file).definition.inputs];
            } catch {
                return [path.basename(file, '.xml'), {}];
            }
        })),
    };
    let faults = 0;
    for (const file of files) {
        for (const fault of judge(file, validator, known)) {
            faults += 1;
            console.error(`${path.relative(app, file)}: ${fault}`);
        }
    }
    if (!files.length || faults) {
        console.error(`${faults} faults in ${files.length} views`);
        process.exit(1);
    }
    console.log(`${files.length} views: schema, data sources, tokens, macros, lookups and links hold`);
}

main(process.argv[2]);
