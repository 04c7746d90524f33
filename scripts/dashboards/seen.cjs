// Runs inside the page: what is wrong with what people see.
'use strict';

/* eslint-env browser */
function seen(panels) {
    const BAD = /no search results|no data|error in|could not|undefined|\bNaN\b|invalid|waiting for|select a value|failed to|\$\w+\$/i;
    const faults = [];
    const page = document.body.innerText;
    for (const [id, panel] of Object.entries(panels)) {
        const place = document.querySelector(`[data-id="${id}"], [id="${id}"], [data-item-id="${id}"]`);
        if (panel.title && !page.includes(panel.title)) {
            faults.push(`the title of ${id} is not shown: ${panel.title}`);
        }
        if (!place) {
            faults.push(`${id} is not on the page`);
        }
    }
    return faults;
}

module.exports = { seen };
