// Plants one mistake at a time in a copy of the app; faultsOf must report each.
// usage: NODE_PATH=<node_modules> node plant.cjs <app folder>
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const { faultsOf } = require('./validate.cjs');

// [text in overview.xml, its replacement, the message that must be reported]
const MISTAKES = [
    ['"type": "splunk.bar"', '"type": "splunk.barr"', /schema: .*viz_by_access/],
    ['"majorFontSize": 32', '"majorFontSize": "big"', /schema: .*majorFontSize/],
    ['"legendTruncation": ', '"legendTruncatoin": ', /has no option legendTruncatoin/],
    ['"primary": "ds_top_actors"', '"primary": "ds_nobody"', /reads ds_nobody/],
    ['"extend": "ds_shown"', '"extend": "ds_nothing"', /extends ds_nothing/],
    ['`directvm_findings`', '`directvm_findinsg`', /no macro directvm_findinsg/],
    ['dvm_actor=$actor|s$', 'dvm_actor=$actro|s$', /no input sets the token \$actro\$/],
    ['dvm_actor=$actor|s$', 'dvm_actor=$actor$', /not quoted with \|s/],
    ['row.Target.value', 'row.Tagret.value', /reads the column Tagret/],
    ['"dashboard": "investigation"', '"dashboard": "investigate"', /links to directvm\/investigate/],
    ['"token": "session"', '"token": "sesion"', /has no token sesion/],
    ['dvm_verdict=\\"report\\"', 'dvm_verdict=\\"report', /a quote is not closed/],
    ['"x": 720', '"x": 710', /overlap/],
    ['<dashboard version="2">', '<dashboard version="1.1">', /is not <dashboard version="2">/],
];

function plant(app, view, text, [from, to, said]) {
    if (!text.includes(from)) {
        return `cannot plant ${to}: the view has no ${from}`;
    }
    fs.writeFileSync(view, text.replace(from, () => to));
    return faultsOf(app).some(([, fault]) => said.test(fault)) ? '' : `not reported: ${to}`;
}

function main(source) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'planted-'));
    fs.cpSync(source, folder, { recursive: true });
    const view = path.join(folder, 'default/data/ui/views/overview.xml');
    const text = fs.readFileSync(view, 'utf8');
    const faults = MISTAKES.map((mistake) => plant(folder, view, text, mistake)).filter(Boolean);
    fs.rmSync(folder, { recursive: true, force: true });
    faults.forEach((fault) => console.error(fault));
    console.log(`${MISTAKES.length - faults.length} of ${MISTAKES.length} planted mistakes were reported`);
    process.exit(faults.length ? 1 : 0);
}

main(process.argv[2]);
